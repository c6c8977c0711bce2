// oneTBB's declarations, as far as these tests go.
#pragma once

namespace tbb {
template <class Range, class Value, class Body, class Join>
Value parallel_reduce(const Range&, const Value& value, const Body&, const Join&) {
  return value;
}
template <class Range, class Body>
void parallel_reduce(const Range&, Body&) {}
template <class Range, class Value, class Body, class Join>
Value parallel_deterministic_reduce(const Range&, const Value& value, const Body&, const Join&) {
  return value;
}
}  // namespace tbb
