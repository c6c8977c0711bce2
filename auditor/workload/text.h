#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace detaudit::workload {

// Text as numbers of symbols: one number for each distinct byte, in byte order.
struct TextData {
  std::vector<uint8_t> train;
  std::vector<uint8_t> test;  // the last tenth, never learned from
  size_t symbols = 0;
};

inline constexpr size_t kLeastTextBytes = 4096;

// At least kLeastTextBytes bytes.
TextData split_text(const std::string& text);

// Throws reports::DiagnosticError (DET902, exit 2) when the file cannot be read or is too short.
std::string read_text(const std::filesystem::path& path);

// `bytes` bytes of sentences of a small grammar with agreement of number and clauses that nest:
// what follows depends on words a good way back.
std::string write_text(uint64_t seed, size_t bytes);

// Mean cost in nats of a symbol of `test` when guessed by how often it occurs in `train`.
double frequency_loss(const TextData& data);

}  // namespace detaudit::workload
