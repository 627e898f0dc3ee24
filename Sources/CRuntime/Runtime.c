#include "CRuntime.h"

#include "Interface.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cr_runtime {
    void *const *table;
    const char *version;
    void *environment;
    /// The library's own; never freed.
    void *allocator;
};

struct cr_session {
    cr_runtime *runtime;
    void *session;
    size_t input_count;
    size_t output_count;
    char **input_names;
    char **output_names;
};

struct cr_value {
    cr_runtime *runtime;
    void *value;
};

/// The function at a place of the table.
#define CALL(runtime, type, place) ((type)(runtime)->table[place])

static int fail(char *message, const char *text) {
    snprintf(message, CR_MESSAGE_LENGTH, "%s", text);
    return 1;
}

/// Turns a status into a number and a message, and frees it.
static int check(const cr_runtime *runtime, status failure, char *message) {
    if (!failure) return 0;
    const char *text = CALL(runtime, error_message_function, place_error_message)(failure);
    fail(message, text ? text : "it failed without a message");
    CALL(runtime, free_function, place_free_status)(failure);
    return 1;
}

// MARK: The library

int cr_runtime_open(const char *path, cr_runtime **runtime, char *message) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        const char *text = dlerror();
        return fail(message, text ? text : "it cannot be loaded");
    }
    interface_entry entry = (interface_entry)dlsym(library, "OrtGetApiBase");
    const interface_base *base = entry ? entry() : NULL;
    if (!base) {
        dlclose(library);
        return fail(message, "it is a library, but not ONNX Runtime: it has no OrtGetApiBase");
    }
    cr_runtime *opened = calloc(1, sizeof *opened);
    if (!opened) return fail(message, "there is not enough memory for it");
    opened->version = base->version();
    opened->table = base->table(interface_version);
    if (!opened->table) {
        snprintf(
            message, CR_MESSAGE_LENGTH, "its version %s is too old: at least 1.%d is needed", opened->version,
            (int)interface_version);
        free(opened);
        return 1;
    }
    if (check(
            opened,
            CALL(opened, create_environment_function, place_create_environment)(
                log_fatal_only, "IntraFusion", &opened->environment),
            message)
        || check(
            opened, CALL(opened, create_function, place_default_allocator)(&opened->allocator), message)) {
        cr_runtime_close(opened);
        return 1;
    }
    *runtime = opened;
    return 0;
}

const char *cr_runtime_version(const cr_runtime *runtime) { return runtime->version; }

void cr_runtime_close(cr_runtime *runtime) {
    if (!runtime) return;
    if (runtime->environment) CALL(runtime, free_function, place_free_environment)(runtime->environment);
    free(runtime);
}

// MARK: Sessions

/// Makes options of a session: everything optimised, as a user would run it.
static int make_options(cr_runtime *runtime, int threads, void **options, char *message) {
    if (check(runtime, CALL(runtime, create_function, place_create_session_options)(options), message)) return 1;
    // Threads that spin after a run would slow the next session's run down. Versions that do not know the setting ignore it.
    return check(
               runtime,
               CALL(runtime, set_number_function, place_set_optimisation_level)(*options, optimise_all), message)
        || check(
               runtime, CALL(runtime, set_number_function, place_set_threads_in_operators)(*options, threads),
               message)
        || check(
               runtime, CALL(runtime, set_number_function, place_set_threads_between_operators)(*options, 1),
               message)
        || check(
               runtime,
               CALL(runtime, add_setting_function, place_add_session_setting)(
                   *options, "session.force_spinning_stop", "1"),
               message);
}

/// Takes over a string of the library's.
static int take_text(cr_runtime *runtime, char *text, char **copy, char *message) {
    *copy = strdup(text);
    check(runtime, CALL(runtime, allocator_free_function, place_allocator_free)(runtime->allocator, text), message);
    return *copy ? 0 : fail(message, "there is not enough memory for its names");
}

/// Copies the names of the inputs or outputs.
static int copy_names(
    const cr_session *session, int count_place, int name_place, size_t *count, char ***names, char *message) {
    cr_runtime *runtime = session->runtime;
    size_t all = 0;
    if (check(runtime, CALL(runtime, count_function, count_place)(session->session, &all), message)) return 1;
    *names = calloc(all ? all : 1, sizeof **names);
    if (!*names) return fail(message, "there is not enough memory for its names");
    *count = all;
    for (size_t index = 0; index < all; index++) {
        char *name = NULL;
        if (check(
                runtime,
                CALL(runtime, name_function, name_place)(session->session, index, runtime->allocator, &name),
                message)
            || take_text(runtime, name, &(*names)[index], message))
            return 1;
    }
    return 0;
}

int cr_session_create(
    cr_runtime *runtime, const char *path, const void *bytes, size_t count, int threads, const char *profile,
    cr_session **session, char *message) {
    cr_session *made = calloc(1, sizeof *made);
    if (!made) return fail(message, "there is not enough memory for it");
    made->runtime = runtime;
    void *options = NULL;
    int failed = make_options(runtime, threads, &options, message)
        || (profile
            && check(
                runtime,
                CALL(runtime, enable_profiling_function, place_enable_profiling)(options, profile), message));
    if (!failed) {
        failed = check(
            runtime,
            path ? CALL(runtime, create_session_function, place_create_session)(
                       runtime->environment, path, options, &made->session)
                 : CALL(runtime, create_session_from_bytes_function, place_create_session_from_bytes)(
                       runtime->environment, bytes, count, options, &made->session),
            message);
    }
    if (options) CALL(runtime, free_function, place_free_session_options)(options);
    failed = failed
        || copy_names(made, place_input_count, place_input_name, &made->input_count, &made->input_names, message)
        || copy_names(
                 made, place_output_count, place_output_name, &made->output_count, &made->output_names, message);
    if (failed) {
        cr_session_close(made);
        return 1;
    }
    *session = made;
    return 0;
}

size_t cr_session_input_count(const cr_session *session) { return session->input_count; }
size_t cr_session_output_count(const cr_session *session) { return session->output_count; }
const char *cr_session_input_name(const cr_session *session, size_t index) { return session->input_names[index]; }
const char *cr_session_output_name(const cr_session *session, size_t index) { return session->output_names[index]; }

int cr_session_run(cr_session *session, const cr_value *const *inputs, cr_value **outputs, char *message) {
    cr_runtime *runtime = session->runtime;
    size_t input_count = session->input_count, output_count = session->output_count;
    const void **taken = calloc(input_count + 1, sizeof *taken);
    void **given = calloc(output_count + 1, sizeof *given);
    int failed = !taken || !given;
    if (failed) {
        fail(message, "there is not enough memory for a run");
    } else {
        for (size_t index = 0; index < input_count; index++) taken[index] = inputs[index]->value;
        failed = check(
            runtime,
            CALL(runtime, run_function, place_run)(
                session->session, NULL, (const char *const *)session->input_names, taken, input_count,
                (const char *const *)session->output_names, output_count, given),
            message);
    }
    for (size_t index = 0; given && index < output_count; index++) {
        outputs[index] = failed ? NULL : calloc(1, sizeof **outputs);
        if (outputs[index]) {
            *outputs[index] = (cr_value){runtime, given[index]};
            continue;
        }
        if (given[index]) CALL(runtime, free_function, place_free_value)(given[index]);
        if (!failed) failed = fail(message, "there is not enough memory for the outputs");
    }
    for (size_t index = 0; failed && given && index < output_count; index++) {
        cr_value_free(outputs[index]);
        outputs[index] = NULL;
    }
    free(taken);
    free(given);
    return failed;
}

int cr_session_end_profile(cr_session *session, char **path, char *message) {
    cr_runtime *runtime = session->runtime;
    char *name = NULL;
    return check(
               runtime,
               CALL(runtime, end_profiling_function, place_end_profiling)(
                   session->session, runtime->allocator, &name),
               message)
        || take_text(runtime, name, path, message);
}

static void free_names(char **names, size_t count) {
    for (size_t index = 0; names && index < count; index++) free(names[index]);
    free(names);
}

void cr_session_close(cr_session *session) {
    if (!session) return;
    if (session->session) CALL(session->runtime, free_function, place_free_session)(session->session);
    free_names(session->input_names, session->input_count);
    free_names(session->output_names, session->output_count);
    free(session);
}

// MARK: Values

int cr_value_create(
    cr_runtime *runtime, const cr_tensor *tensor, size_t byte_count, cr_value **value, char *message) {
    cr_value *made = calloc(1, sizeof *made);
    if (!made) return fail(message, "there is not enough memory for it");
    made->runtime = runtime;
    void *elements = NULL;
    if (check(
            runtime,
            CALL(runtime, create_tensor_function, place_create_tensor)(
                runtime->allocator, tensor->shape, tensor->rank, tensor->element, &made->value),
            message)
        || check(
            runtime, CALL(runtime, elements_function, place_tensor_elements)(made->value, &elements), message)) {
        cr_value_free(made);
        return 1;
    }
    if (byte_count) memcpy(elements, tensor->elements, byte_count);
    *value = made;
    return 0;
}

int cr_value_tensor(const cr_value *value, cr_tensor *tensor, char *message) {
    cr_runtime *runtime = value->runtime;
    memset(tensor, 0, sizeof *tensor);
    int is_tensor = 0;
    if (!value->value) return fail(message, "it is empty");
    if (check(runtime, CALL(runtime, is_tensor_function, place_is_tensor)(value->value, &is_tensor), message))
        return 1;
    if (!is_tensor) return fail(message, "it is no tensor");
    void *description = NULL;
    int failed = check(
        runtime,
        CALL(runtime, type_and_shape_function, place_tensor_type_and_shape)(value->value, &description), message);
    failed = failed
        || check(
                 runtime,
                 CALL(runtime, element_type_function, place_element_type)(description, &tensor->element), message)
        || check(runtime, CALL(runtime, count_function, place_rank)(description, &tensor->rank), message)
        || check(runtime, CALL(runtime, count_function, place_element_count)(description, &tensor->count), message);
    if (!failed) {
        tensor->shape = calloc(tensor->rank + 1, sizeof *tensor->shape);
        failed = !tensor->shape
            ? fail(message, "there is not enough memory for its shape")
            : check(
                  runtime,
                  CALL(runtime, shape_function, place_shape)(description, tensor->shape, tensor->rank), message)
                || check(
                      runtime,
                      CALL(runtime, elements_function, place_tensor_elements)(value->value, &tensor->elements),
                      message);
    }
    if (description) CALL(runtime, free_function, place_free_type_and_shape)(description);
    if (failed) cr_tensor_release(tensor);
    return failed;
}

void cr_tensor_release(cr_tensor *tensor) {
    free(tensor->shape);
    memset(tensor, 0, sizeof *tensor);
}

void cr_value_free(cr_value *value) {
    if (!value) return;
    if (value->value) CALL(value->runtime, free_function, place_free_value)(value->value);
    free(value);
}
