#include "auditor/audit/script_lines.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace detaudit::auditor {
namespace {

using instrument::SourceKind;
using instrument::SourceRecord;

// "train.py:12"
std::optional<ScriptLine> parse(const std::string& site) {
  const size_t colon = site.rfind(':');
  if (colon == std::string::npos) return std::nullopt;
  ScriptLine place{site.substr(0, colon), 0};
  std::from_chars(site.data() + colon + 1, site.data() + site.size(), place.line);
  return place.line > 0 ? std::optional(std::move(place)) : std::nullopt;
}

// Text that a process printed from an offset on: its first bytes in hexadecimal, and from where.
struct Piece {
  uint64_t offset = 0;
  std::string first_bytes, site;
  uint32_t process = 0;
};

std::vector<Piece> pieces_of(const RunFacts& facts) {
  std::vector<Piece> pieces;
  for (const SourceRecord& source : facts.sources) {
    if (source.kind != SourceKind::kAdapterPrinted) continue;
    Piece piece{0, {}, source.site, source.process};
    const std::string& text = source.function;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), piece.offset);
    if (error != std::errc() || end == text.data() + text.size()) continue;
    piece.first_bytes.assign(end + 1, text.data() + text.size());
    pieces.push_back(std::move(piece));
  }
  std::stable_sort(pieces.begin(), pieces.end(),
                   [](const Piece& a, const Piece& b) { return a.offset < b.offset; });
  return pieces;
}

std::string kept_stdout(const ObservedRun& run) {
  std::ifstream stream(run.result.directory / "stdout.bin", std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::optional<uint64_t> first_difference(const std::string& ours, const std::string& theirs) {
  const auto parted = std::mismatch(ours.begin(), ours.end(), theirs.begin(), theirs.end()).first;
  if (parted == ours.end()) return std::nullopt;
  return static_cast<uint64_t>(parted - ours.begin());
}

bool is_there(const Piece& piece, const std::string& text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const size_t bytes = piece.first_bytes.size() / 2;
  if (piece.offset > text.size() || bytes > text.size() - piece.offset) return false;
  for (size_t i = 0; i < bytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[piece.offset + i]);
    if (piece.first_bytes[2 * i] != kDigits[byte >> 4] ||
        piece.first_bytes[2 * i + 1] != kDigits[byte & 15]) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::optional<uint64_t> first_difference(const ObservedRun& run, const ObservedRun& other) {
  return first_difference(kept_stdout(run), kept_stdout(other));
}

std::optional<ScriptLine> printed_at(const ObservedRun& run, const ObservedRun& other) {
  const std::vector<Piece> pieces = pieces_of(run.facts);
  if (pieces.empty()) return std::nullopt;
  const std::string ours = kept_stdout(run);
  const auto offset = first_difference(ours, kept_stdout(other));
  if (!offset) return std::nullopt;
  const auto next = std::upper_bound(
      pieces.begin(), pieces.end(), *offset,
      [](uint64_t place, const Piece& piece) { return place < piece.offset; });
  // All up to there, and what comes next, is where it was counted, by one process.
  const auto counted = next == pieces.end() ? next : next + 1;
  if (next == pieces.begin() || !std::all_of(pieces.begin(), counted, [&](const Piece& piece) {
        return piece.process == pieces.front().process && is_there(piece, ours);
      })) {
    return std::nullopt;
  }
  return parse((next - 1)->site);
}

std::optional<ScriptLine> opened_at(const RunFacts& facts, const std::set<std::string>& paths) {
  for (const SourceRecord& source : facts.sources) {
    if (source.kind == SourceKind::kAdapterOpened && paths.contains(source.function)) {
      if (auto place = parse(source.site)) return place;
    }
  }
  return std::nullopt;
}

}  // namespace detaudit::auditor
