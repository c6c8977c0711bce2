#pragma once

#include <optional>
#include <string_view>

namespace detaudit::kernels {

// What a deterministic kernel takes of the time of its atomic twin, as docs/figures.md has it: on a
// CPU, two threads, at the contended shape. Nothing for other ops. On a GPU it was not measured.
std::optional<double> measured_cost(std::string_view op);

}  // namespace detaudit::kernels
