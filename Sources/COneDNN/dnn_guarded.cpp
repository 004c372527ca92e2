// SPDX-License-Identifier: Apache-2.0
#include "dnn_guarded.h"

#include <new>

namespace {

/// A function of oneDNN that returns where it would throw.
template <auto function> struct Guarded;

template <typename... Parameters, dnnl_status_t (*function)(Parameters...)>
struct Guarded<function> {
    static dnnl_status_t call(Parameters... arguments) noexcept {
        try {
            return function(arguments...);
        } catch (const std::bad_alloc &) {
            return dnnl_out_of_memory;
        } catch (...) {
            return dnnl_runtime_error;
        }
    }
};

}  // namespace

extern "C" {

#define WD_DEFINE(name) __typeof__(&dnnl_##name) const wd_##name = Guarded<&dnnl_##name>::call;
WD_GUARDED(WD_DEFINE)

}
