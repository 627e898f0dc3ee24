#ifndef INTRAFUSION_CRUNTIME_H
#define INTRAFUSION_CRUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// ONNX Runtime, loaded at run time: neither its header nor its library is needed to build. Functions return 0, or another
// number and a message.

/// The length of an error message, its end included.
#define CR_MESSAGE_LENGTH 2048

/// A loaded library and its environment.
typedef struct cr_runtime cr_runtime;
/// A model, ready to run. Several threads may run it.
typedef struct cr_session cr_session;
/// A tensor of the library's.
typedef struct cr_value cr_value;

/// What a tensor holds.
typedef struct {
    /// The standard's number of the element type.
    int element;
    /// The length of each axis.
    int64_t *shape;
    size_t rank;
    size_t count;
    /// The elements in row-major order.
    void *elements;
} cr_tensor;

/// Loads a library. `path` may be a bare name, which the system's loader looks for.
///
/// The library is never unloaded: its threads would not survive that.
int cr_runtime_open(const char *path, cr_runtime **runtime, char message[CR_MESSAGE_LENGTH]);

/// The library's version.
const char *cr_runtime_version(const cr_runtime *runtime);

/// Frees the environment; its sessions and values must be gone.
void cr_runtime_close(cr_runtime *runtime);

/// Reads a model from a file, or from bytes where `path` is NULL.
///
/// Where `profile` is not NULL, runs are recorded in a file whose path begins with it.
int cr_session_create(
    cr_runtime *runtime, const char *path, const void *bytes, size_t count, int threads, const char *profile,
    cr_session **session, char message[CR_MESSAGE_LENGTH]);

size_t cr_session_input_count(const cr_session *session);
size_t cr_session_output_count(const cr_session *session);
const char *cr_session_input_name(const cr_session *session, size_t index);
const char *cr_session_output_name(const cr_session *session, size_t index);

/// Runs a model on a value for each of its inputs, in their order, and yields a value for each output.
int cr_session_run(
    cr_session *session, const cr_value *const *inputs, cr_value **outputs, char message[CR_MESSAGE_LENGTH]);

/// Ends the record of runs and yields its path, to be freed by `free`.
int cr_session_end_profile(cr_session *session, char **path, char message[CR_MESSAGE_LENGTH]);

void cr_session_close(cr_session *session);

/// Copies a tensor whose elements take `byte_count` bytes.
int cr_value_create(
    cr_runtime *runtime, const cr_tensor *tensor, size_t byte_count, cr_value **value,
    char message[CR_MESSAGE_LENGTH]);

/// Says what a value holds. The elements stay the value's; the shape is freed by `cr_tensor_release`.
int cr_value_tensor(const cr_value *value, cr_tensor *tensor, char message[CR_MESSAGE_LENGTH]);

void cr_tensor_release(cr_tensor *tensor);
void cr_value_free(cr_value *value);

#ifdef __cplusplus
}
#endif

#endif
