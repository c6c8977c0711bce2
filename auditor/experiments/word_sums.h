#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "kernels/digest.h"

namespace detaudit::auditor {

// The words of a text as a set that knows how often each comes: the sum of their digests, which is
// the same in whatever order they stand, in lines or within one ("[3, 1]"). Spaces, brackets,
// quotes and commas part them. Memory: one word, of at most 1 MiB.
class WordSum {
 public:
  bool add(const char* data, size_t bytes);  // false when it is no text: nothing more is needed
  // Ends the last word. Nothing when some word was longer than that: it is no text.
  std::optional<kernels::Digest> finish();

 private:
  void end_word();

  std::string word_;
  kernels::Digest sum_;
  bool text_ = true;
};

// What an arm's outputs came to, kept beside its trace until the arm is gone.
void keep_word_sum(const std::filesystem::path& run, const std::string& output,
                   const kernels::Digest& sum);
std::optional<kernels::Digest> kept_word_sum(const std::filesystem::path& run,
                                             const std::string& output);

}  // namespace detaudit::auditor
