/* The probe API for C++: spans instead of pointers and counts, scopes instead of begin and end.
 * Header only, C++20. Nothing here throws or allocates. */
#ifndef DETAUDIT_PROBE_HPP_
#define DETAUDIT_PROBE_HPP_

#include <detaudit/probe.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>

/* The source line of the calling thread's next op. */
#define DETAUDIT_HERE() ::detaudit_location(__FILE__, __LINE__)

namespace detaudit {

// The detaudit_dtype that stands for T. Types that it does not know go byte by byte.
template <typename T>
constexpr detaudit_dtype dtype_of() {
  using Plain = std::remove_cv_t<T>;
  if constexpr (std::is_same_v<Plain, float>)
    return DETAUDIT_F32;
  else if constexpr (std::is_same_v<Plain, double>)
    return DETAUDIT_F64;
  else if constexpr (std::is_integral_v<Plain> && sizeof(Plain) == 4)
    return DETAUDIT_I32;
  else if constexpr (std::is_integral_v<Plain> && sizeof(Plain) == 8)
    return DETAUDIT_I64;
  else
    return DETAUDIT_U8;
}

// A buffer of trivially copyable elements. `name` is kept by pointer: use a literal.
template <typename T>
requires std::is_trivially_copyable_v<T> detaudit_buffer buffer(const char* name,
                                                                std::span<T> elements) {
  constexpr detaudit_dtype dtype = dtype_of<T>();
  constexpr std::size_t each = dtype == DETAUDIT_U8 ? sizeof(T) : 1;
  void* data = const_cast<void*>(static_cast<const void*>(elements.data()));
  return {name, data, elements.size() * each, dtype};
}

template <typename Container>
requires requires(Container& c) { std::span(c); }
detaudit_buffer buffer(const char* name, Container&& container) {
  return buffer(name, std::span(container));
}

// One operation, from construction to the end of its scope. Declare inputs before it runs.
class Operation {
 public:
  explicit Operation(const char* op, const char* key = nullptr) : op_(detaudit_op_begin(op, key)) {}
  ~Operation() { end(); }
  Operation(Operation&& other) noexcept : op_(std::exchange(other.op_, nullptr)) {}
  Operation& operator=(Operation&&) = delete;

  template <typename Elements>
  Operation& input(const char* name, Elements&& elements) {
    if (op_) detaudit_op_input(op_, buffer(name, std::forward<Elements>(elements)));
    return *this;
  }
  template <typename Elements>
  Operation& output(const char* name, Elements&& elements) {
    if (op_) detaudit_op_output(op_, buffer(name, std::forward<Elements>(elements)));
    return *this;
  }
  void end() {
    if (op_) detaudit_op_end(std::exchange(op_, nullptr));
  }

 private:
  detaudit_op* op_;
};

// Runs body() as detaudit_op_run does. body must be repeatable on restored buffers.
template <std::invocable Body>
void run(const char* op, const char* key, std::span<const detaudit_buffer> inputs,
         std::span<const detaudit_buffer> outputs, Body&& body) {
  using Plain = std::remove_reference_t<Body>;
  auto call = [](void* context) { (*static_cast<Plain*>(context))(); };
  void* context = const_cast<void*>(static_cast<const void*>(&body));
  detaudit_op_run(op, key, inputs.data(), inputs.size(), outputs.data(), outputs.size(), call,
                  context);
}

template <std::invocable Body>
void run(const char* op, const char* key, std::initializer_list<detaudit_buffer> inputs,
         std::initializer_list<detaudit_buffer> outputs, Body&& body) {
  run(op, key, std::span(inputs.begin(), inputs.size()), std::span(outputs.begin(), outputs.size()),
      std::forward<Body>(body));
}

// Lends the recorder the calling thread's pool, as detaudit_parallel says. `launch(blocks, body)`
// calls body(index) for every index below blocks; it must live as long as it is lent.
template <typename Launch>
void lend_pool(Launch& launch) {
  auto run = [](void* pool, std::size_t blocks, void (*block)(void*, std::size_t), void* context) {
    (*static_cast<Launch*>(pool))(blocks, [=](std::size_t index) { block(context, index); });
  };
  detaudit_parallel(run, &launch);
}
inline void keep_pool() { detaudit_parallel(nullptr, nullptr); }

inline void step(std::uint64_t number) { detaudit_step(number); }
inline void metric(const char* name, double value) { detaudit_metric(name, value); }
inline void lane(const char* name) { detaudit_lane(name); }
inline std::uint32_t workers(std::uint32_t wanted) { return detaudit_workers(wanted); }
inline void batch(const char* dataset, std::span<const std::uint64_t> samples) {
  detaudit_batch(dataset, samples.data(), samples.size());
}
template <typename State>
requires std::is_trivially_copyable_v<State>
void rng_stream(const char* stream, const State& state) {
  detaudit_rng_stream(stream, &state, sizeof state);
}

}  // namespace detaudit

#endif
