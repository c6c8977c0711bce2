#include "instrument/cubin/line_table.h"

#include <algorithm>
#include <array>

namespace detaudit::instrument {
namespace {

// Reads little-endian numbers one after the other; past the end everything is zero and `ok` false.
class Cursor {
 public:
  explicit Cursor(Bytes bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  bool at_end() const { return !ok_ || at_ >= bytes_.size(); }
  size_t at() const { return at_; }
  void skip_to(size_t at) { at_ = at; }

  template <typename Number>
  Number number() {
    Number value{};
    ok_ = ok_ && read_record(bytes_, at_, value);
    at_ += sizeof value;
    return value;
  }

  uint64_t unsigned_leb() { return leb().first; }

  int64_t signed_leb() {
    auto [value, bits] = leb();
    if (bits < 64 && bits > 0 && ((value >> (bits - 1)) & 1)) value |= ~uint64_t{0} << bits;
    return static_cast<int64_t>(value);
  }

  std::string_view text() {
    std::string_view found = text_at(bytes_, at_);
    at_ += found.size() + 1;
    ok_ = ok_ && at_ <= bytes_.size();
    return found;
  }

 private:
  std::pair<uint64_t, unsigned> leb() {
    uint64_t value = 0;
    for (unsigned bits = 0; bits < 70; bits += 7) {
      const uint8_t byte = number<uint8_t>();
      if (bits < 64) value |= uint64_t{byte & 0x7fu} << bits;
      if (byte < 0x80) return {value, bits + 7};
    }
    ok_ = false;
    return {0, 64};
  }

  Bytes bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

// A header of the toolkit: a person means the line that called into it.
bool is_toolkit_header(std::string_view file) {
  const size_t include = file.rfind("/include/");
  return include != std::string_view::npos &&
         (file.find("/targets/") < include || file.find("cuda") < include);
}

constexpr unsigned kMostInlined = 64;

}  // namespace

// Runs the line programs of one `.debug_line` section into a table.
class LineProgram {
 public:
  LineProgram(const ElfImage& elf, LineTable& table) : elf_(elf), table_(table) {
    for (const ElfSection& section : elf.sections()) {
      if (section.name != ".rela.debug_line" && section.name != ".rel.debug_line") continue;
      for (const ElfRelocation& relocation : relocations(section)) {
        relocations_.emplace_back(relocation.offset, relocation);
      }
    }
    // detaudit: allow(DET222) of relocations of one place any will do
    std::sort(relocations_.begin(), relocations_.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
  }

  void run(Bytes section) {
    for (uint64_t at = 0;;) {
      uint32_t length = 0;
      if (!read_record(section, at, length) || length == 0 || length >= 0xfffffff0) return;
      const uint64_t end = std::min<uint64_t>(at + 4 + length, section.size());
      run_unit(section.first(end), at + 4);
      at = end;
    }
  }

 private:
  struct Header {
    uint8_t shortest = 1, range = 1, opcodes = 1;
    int8_t base = 0;
    std::array<uint8_t, 256> arguments{};
  };
  struct State {
    uint64_t address = 0;
    int64_t line = 1;
    uint64_t file = 1;
    uint64_t inlined_at = 0;  // row of the sequence, from 1; 0: not inlined
  };
  struct SequenceRow {
    State state;
  };

  void run_unit(Bytes section, uint64_t at) {
    Cursor cursor(section);
    cursor.skip_to(at);
    Header header;
    if (!read_header(cursor, header)) return;
    start_sequence();
    while (!cursor.at_end()) step(cursor, header);
  }

  bool read_header(Cursor& cursor, Header& header) {
    const uint16_t version = cursor.number<uint16_t>();
    if (version < 2 || version > 4) return false;
    const uint32_t length = cursor.number<uint32_t>();
    const size_t program = cursor.at() + length;
    header.shortest = cursor.number<uint8_t>();
    if (version >= 4) cursor.number<uint8_t>();  // operations in an instruction
    cursor.number<uint8_t>();                    // is_stmt
    header.base = cursor.number<int8_t>();
    header.range = std::max<uint8_t>(cursor.number<uint8_t>(), 1);
    header.opcodes = cursor.number<uint8_t>();
    for (unsigned i = 1; i < header.opcodes; ++i) header.arguments[i] = cursor.number<uint8_t>();
    read_files(cursor);
    cursor.skip_to(program);
    return cursor.ok();
  }

  void read_files(Cursor& cursor) {
    std::vector<std::string_view> folders{""};
    while (cursor.ok()) {
      std::string_view folder = cursor.text();
      if (folder.empty()) break;
      folders.push_back(folder);
    }
    unit_files_ = static_cast<uint32_t>(table_.files_.size());
    while (cursor.ok()) {
      std::string_view name = cursor.text();
      if (name.empty()) break;
      const uint64_t folder = cursor.unsigned_leb();
      cursor.unsigned_leb();  // time
      cursor.unsigned_leb();  // size
      std::string path;
      if (!name.starts_with('/') && folder < folders.size() && !folders[folder].empty()) {
        path.append(folders[folder]).append("/");
      }
      table_.files_.push_back(path.append(name));
    }
  }

  void step(Cursor& cursor, const Header& header) {
    const uint8_t opcode = cursor.number<uint8_t>();
    if (opcode >= header.opcodes) {
      const unsigned adjusted = opcode - header.opcodes;
      state_.address += uint64_t{adjusted / header.range} * header.shortest;
      state_.line += header.base + static_cast<int>(adjusted % header.range);
      return copy();
    }
    switch (opcode) {
      case 0:
        return extended(cursor);
      case 1:
        return copy();
      case 2:
        state_.address += cursor.unsigned_leb() * header.shortest;
        return;
      case 3:
        state_.line += cursor.signed_leb();
        return;
      case 4:
        state_.file = cursor.unsigned_leb();
        return;
      case 8:
        state_.address += uint64_t{(255u - header.opcodes) / header.range};
        return;
      case 9:
        state_.address += cursor.number<uint16_t>();
        return;
      default:
        for (unsigned i = 0; i < header.arguments[opcode]; ++i) cursor.unsigned_leb();
    }
  }

  void extended(Cursor& cursor) {
    const uint64_t size = cursor.unsigned_leb();
    const size_t begin = cursor.at();
    if (size == 0) return;
    const uint8_t opcode = cursor.number<uint8_t>();
    if (opcode == 1) end_sequence();
    if (opcode == 2) set_address(cursor);
    // NVIDIA's own: the row that the following were inlined to, and the function's name.
    if (opcode == 0x90) state_.inlined_at = cursor.unsigned_leb();
    cursor.skip_to(size > SIZE_MAX - begin ? SIZE_MAX : begin + size);
  }

  void set_address(Cursor& cursor) {
    const uint64_t place = cursor.at();
    state_.address = cursor.number<uint64_t>();
    auto found = std::lower_bound(relocations_.begin(), relocations_.end(), place,
                                  [](const auto& one, uint64_t at) { return one.first < at; });
    if (found == relocations_.end() || found->first != place) return;
    if (found->second.symbol >= elf_.symbols().size()) return;
    const ElfSymbol& symbol = elf_.symbols()[found->second.symbol];
    section_ = symbol.section;
    state_.address += symbol.value + static_cast<uint64_t>(found->second.addend);
  }

  void start_sequence() {
    state_ = {};
    section_ = 0;
    rows_.clear();
  }

  void copy() { rows_.push_back({state_}); }

  void end_sequence() {
    if (section_ != 0 && !rows_.empty()) {
      for (const SequenceRow& row : rows_) {
        table_.rows_.push_back({section_, row.state.address, place_of(row.state)});
      }
      table_.rows_.push_back({section_, state_.address, {}});
    }
    start_sequence();
  }

  LineTable::Place place_of(State state) const {
    for (unsigned depth = 0; depth < kMostInlined; ++depth) {
      if (state.inlined_at == 0 || state.inlined_at > rows_.size()) break;
      const std::string* file = file_of(state);
      if (!file || !is_toolkit_header(*file)) break;
      state = rows_[state.inlined_at - 1].state;
    }
    if (!file_of(state) || state.line <= 0 || state.line > UINT32_MAX) return {};
    return {static_cast<uint32_t>(state.line), static_cast<uint32_t>(unit_files_ + state.file - 1)};
  }

  const std::string* file_of(const State& state) const {
    const size_t files = table_.files_.size() - unit_files_;
    return state.file == 0 || state.file > files ? nullptr
                                                 : &table_.files_[unit_files_ + state.file - 1];
  }

  const ElfImage& elf_;
  LineTable& table_;
  std::vector<std::pair<uint64_t, ElfRelocation>> relocations_;
  uint32_t unit_files_ = 0;
  uint32_t section_ = 0;
  State state_;
  std::vector<SequenceRow> rows_;
};

LineTable::LineTable(const ElfImage& elf) {
  const ElfSection* section = elf.find(".debug_line");
  if (!section || section->bytes.empty()) return;
  LineProgram(elf, *this).run(section->bytes);
  std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
    return a.section != b.section ? a.section < b.section : a.offset < b.offset;
  });
}

LineTable::Place LineTable::find(uint32_t section, uint64_t offset) const {
  auto after =
      std::upper_bound(rows_.begin(), rows_.end(), offset, [section](uint64_t at, const Row& row) {
        return row.section != section ? section < row.section : at < row.offset;
      });
  if (after == rows_.begin()) return {};
  const Row& row = *std::prev(after);
  return row.section == section ? row.place : Place{};
}

}  // namespace detaudit::instrument
