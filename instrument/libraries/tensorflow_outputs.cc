#include "instrument/libraries/tensorflow_outputs.h"

#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "instrument/libraries/tensorflow_library.h"
#include "instrument/recorder/futex_lock.h"

namespace detaudit::instrument {
namespace {

// An absl::InlinedVector of four {mutex, tensor} pairs: a word that says how many there are and
// where, then the pairs, or the address of them.
constexpr int kInline = 4;
constexpr ptrdiff_t kPair = 2 * sizeof(uintptr_t);
constexpr uintptr_t kOneInPlace = 1 << 1;  // the lowest bit says that they lie elsewhere

constexpr size_t kContextWords = 128;  // of an execution, as far as it reaches
constexpr size_t kTensorWords = 8, kBufferWords = 8;
constexpr int kTries = 64;

constinit std::atomic<ptrdiff_t> g_first{
    0};  // from an execution to its first output's tensor; 0: not known
constinit std::atomic<int> g_tries{0};
constinit FutexLock g_lock;
std::bitset<kContextWords> g_candidates = ~std::bitset<kContextWords>();  // words that may be it

// So many words from an address that may not be one; how many could be read.
size_t peek(uintptr_t address, uintptr_t* words, size_t count) {
  if (address % sizeof(uintptr_t) != 0 || address < 4096) return 0;
  iovec to{words, count * sizeof *words},
      from{reinterpret_cast<void*>(address), count * sizeof *words};
  const ssize_t bytes = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
  return bytes > 0 ? static_cast<size_t>(bytes) / sizeof *words : 0;
}

// A tensor points to its buffer, and that to the bytes.
bool is_tensor_of(uintptr_t tensor, uintptr_t data) {
  uintptr_t words[kTensorWords], buffer[kBufferWords];
  const size_t count = peek(tensor, words, kTensorWords);
  for (size_t i = 0; i < count; ++i) {
    const size_t within = peek(words[i], buffer, kBufferWords);
    for (size_t j = 0; j < within; ++j)
      if (buffer[j] == data) return true;
  }
  return false;
}

}  // namespace

void learn_outputs(const TensorFlow& library, const char* op, void* context) {
  if (g_first.load(std::memory_order_acquire) != 0 ||
      g_tries.load(std::memory_order_relaxed) >= kTries)
    return;
  // These have no way to fail.
  bool constant = false;
  for (const char* sure :
       {"tf.raw_ops._EagerConst", "tf.raw_ops.Const", "tf.raw_ops.Identity", "tf.raw_ops.Cast"})
    constant |= std::strcmp(op, sure) == 0;
  if (!constant || library.output_count(context) != 1) return;
  g_tries.fetch_add(1, std::memory_order_relaxed);
  void* status = library.new_status();
  void* tensor = library.get_output(context, 0, status);
  const auto data = tensor ? reinterpret_cast<uintptr_t>(library.tensor_data(tensor)) : 0;
  uintptr_t words[kContextWords];
  const size_t count = peek(reinterpret_cast<uintptr_t>(context), words, kContextWords);
  std::bitset<kContextWords> here;
  for (size_t i = 2; data != 0 && i < count; ++i) {
    // One pair in place, with no mutex.
    here[i] = words[i - 2] == kOneInPlace && words[i - 1] == 0 && is_tensor_of(words[i], data);
  }
  if (tensor) library.delete_tensor(tensor);
  library.delete_status(status);
  // What lay there by chance in one execution does not in the next.
  g_lock.lock();
  if ((g_candidates & here).any()) g_candidates &= here;
  if (g_candidates.count() == 1)
    g_first.store(static_cast<ptrdiff_t>(g_candidates._Find_first() * sizeof(uintptr_t)),
                  std::memory_order_release);
  g_lock.unlock();
}

bool outputs_known() { return g_first.load(std::memory_order_acquire) != 0; }

bool has_output(const void* context, int index, int count) {
  const ptrdiff_t first = g_first.load(std::memory_order_acquire);
  if (first == 0) return false;
  const auto* at = static_cast<const std::byte*>(context) + first;
  if (count > kInline) {
    const std::byte* pairs;
    std::memcpy(&pairs, at - sizeof(uintptr_t), sizeof pairs);
    if (!pairs) return false;
    at = pairs + sizeof(uintptr_t);
  }
  uintptr_t tensor;
  std::memcpy(&tensor, at + index * kPair, sizeof tensor);
  return tensor != 0;
}

}  // namespace detaudit::instrument
