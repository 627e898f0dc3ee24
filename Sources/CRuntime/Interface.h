#ifndef INTRAFUSION_CRUNTIME_INTERFACE_H
#define INTRAFUSION_CRUNTIME_INTERFACE_H

// The few parts of ONNX Runtime's C interface that are called. The interface is a table of functions that only ever grows at
// its end, so that a place in it means the same in every version from `interface_version` on.

#include <stddef.h>
#include <stdint.h>

/// The oldest version of the table that has all the places below (ONNX Runtime 1.5).
enum { interface_version = 5 };

typedef struct {
    const void *(*table)(uint32_t version);
    const char *(*version)(void);
} interface_base;

typedef const interface_base *(*interface_entry)(void);

/// NULL means success.
typedef void *status;

/// Places in the table.
enum {
    place_error_message = 2,
    place_create_environment = 3,
    place_create_session = 7,
    place_create_session_from_bytes = 8,
    place_run = 9,
    place_create_session_options = 10,
    place_enable_profiling = 14,
    place_set_optimisation_level = 23,
    place_set_threads_in_operators = 24,
    place_set_threads_between_operators = 25,
    place_input_count = 30,
    place_output_count = 31,
    place_input_name = 36,
    place_output_name = 37,
    place_create_tensor = 48,
    place_is_tensor = 50,
    place_tensor_elements = 51,
    place_element_type = 60,
    place_rank = 61,
    place_shape = 62,
    place_element_count = 64,
    place_tensor_type_and_shape = 65,
    place_allocator_free = 76,
    place_default_allocator = 78,
    place_free_environment = 92,
    place_free_status = 93,
    place_free_session = 95,
    place_free_value = 96,
    place_free_type_and_shape = 99,
    place_free_session_options = 100,
    place_end_profiling = 110,
    place_add_session_setting = 130,
};

/// Only messages of fatal failures go to the log: others come back as a status.
enum { log_fatal_only = 4 };
enum { optimise_all = 99 };

typedef const char *(*error_message_function)(const void *status);
typedef status (*create_environment_function)(int log_level, const char *name, void **environment);
typedef status (*create_session_function)(void *environment, const char *path, const void *options, void **session);
typedef status (*create_session_from_bytes_function)(
    void *environment, const void *bytes, size_t count, const void *options, void **session);
typedef status (*run_function)(
    void *session, const void *options, const char *const *input_names, const void *const *inputs,
    size_t input_count, const char *const *output_names, size_t output_count, void **outputs);
typedef status (*create_function)(void **object);
typedef status (*set_number_function)(void *options, int number);
typedef status (*enable_profiling_function)(void *options, const char *prefix);
typedef status (*end_profiling_function)(void *session, void *allocator, char **path);
typedef status (*add_setting_function)(void *options, const char *key, const char *value);
typedef status (*count_function)(const void *object, size_t *count);
typedef status (*name_function)(const void *session, size_t index, void *allocator, char **name);
typedef status (*create_tensor_function)(
    void *allocator, const int64_t *shape, size_t rank, int element, void **value);
typedef status (*is_tensor_function)(const void *value, int *is_tensor);
typedef status (*elements_function)(void *value, void **elements);
typedef status (*type_and_shape_function)(const void *value, void **type_and_shape);
typedef status (*element_type_function)(const void *type_and_shape, int *element);
typedef status (*shape_function)(const void *type_and_shape, int64_t *shape, size_t rank);
typedef status (*allocator_free_function)(void *allocator, void *memory);
typedef void (*free_function)(void *object);

#endif
