#pragma once

#include <ATen/TensorIterator.h>

#include "Support.h"

namespace ct {

// Calls `body(begin, end)` for parts of 0..<count on libtorch's threads.
template <typename Body>
void in_parallel(int64_t count, const Body &body) {
    // The threads are inside libtorch, which hands them out to those who walk over a tensor.
    auto items = at::arange(count, at::kLong);
    auto walk = at::TensorIteratorConfig().add_input(items).build();
    walk.for_each(
        [&](char **data, const int64_t *, int64_t part) {
            const auto begin = *reinterpret_cast<const int64_t *>(data[0]);
            body(begin, begin + part);
        },
        1);
}

}  // namespace ct
