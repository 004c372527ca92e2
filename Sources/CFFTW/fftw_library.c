// SPDX-License-Identifier: Apache-2.0
#include "fftw_library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>

#include "CFFTW.h"

pthread_mutex_t wf_planner = PTHREAD_MUTEX_INITIALIZER;

static const char *const single_names[] = {
    "libfftw3f.so.3", "libfftw3f.3.dylib", "/opt/homebrew/lib/libfftw3f.3.dylib",
    "/usr/local/lib/libfftw3f.3.dylib",
};
static const char *const double_names[] = {
    "libfftw3.so.3", "libfftw3.3.dylib", "/opt/homebrew/lib/libfftw3.3.dylib",
    "/usr/local/lib/libfftw3.3.dylib",
};

static wf_library libraries[2];
static bool is_there[2];
static pthread_once_t looked = PTHREAD_ONCE_INIT;

static void *find(void *library, const char *prefix, const char *name) {
    char full[64];
    snprintf(full, sizeof full, "%s_%s", prefix, name);
    return dlsym(library, full);
}

static bool load(wf_library *functions, const char *const *names, int count, const char *prefix) {
    void *library = NULL;
    for (int i = 0; i < count && !library; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) return false;
    // POSIX lets a pointer to data be one to a function.
    *(void **)&functions->plan_complex = find(library, prefix, "plan_guru64_dft");
    *(void **)&functions->plan_real = find(library, prefix, "plan_guru64_dft_r2c");
    *(void **)&functions->plan_inverse_real = find(library, prefix, "plan_guru64_dft_c2r");
    *(void **)&functions->run_complex = find(library, prefix, "execute_dft");
    *(void **)&functions->run_real = find(library, prefix, "execute_dft_r2c");
    *(void **)&functions->run_inverse_real = find(library, prefix, "execute_dft_c2r");
    *(void **)&functions->free_plan = find(library, prefix, "destroy_plan");
    *(void **)&functions->describe_plan = find(library, prefix, "sprint_plan");
    char version[32];
    snprintf(version, sizeof version, "%s_version", prefix);
    functions->version = dlsym(library, version);
    return functions->plan_complex && functions->plan_real && functions->plan_inverse_real &&
           functions->run_complex && functions->run_real && functions->run_inverse_real &&
           functions->free_plan && functions->version;
}

static void look(void) {
    int count = sizeof single_names / sizeof *single_names;
    is_there[0] = load(&libraries[0], single_names, count, "fftwf");
    is_there[1] = load(&libraries[1], double_names, count, "fftw");
}

const wf_library *wf_find_library(int is_double) {
    pthread_once(&looked, look);
    return is_there[is_double != 0] ? &libraries[is_double != 0] : NULL;
}

const char *weft_fft_library_version(int is_double) {
    const wf_library *library = wf_find_library(is_double);
    return library ? library->version : NULL;
}
