#include "instrument/libraries/numeric_call.h"

#include <algorithm>
#include <cstring>

namespace detaudit::instrument {
namespace {

using Field = Routine::Field;
using Shape = Routine::Shape;

constexpr uint32_t kRowMajor = 101, kColumnMajor = 102;

// CBLAS's numbers as the letters that Fortran has; 0: no such option.
char letter_of(Word word) {
  switch (static_cast<uint32_t>(word)) {
    case 111:
    case 114:
      return 'N';  // conjugated without being transposed: stored the same
    case 112:
      return 'T';
    case 113:
      return 'C';
    case 121:
      return 'U';
    case 122:
      return 'L';
    case 131:
      return 'N';
    case 132:
      return 'U';
    case 141:
      return 'L';
    case 142:
      return 'R';
    default:
      return 0;
  }
}

constexpr int64_t kMostElements = int64_t{1} << 43;

}  // namespace

int64_t NumericCall::integer(Word word) const {
  if (convention_ == Convention::kFortran) {
    if (!word) return INT64_MIN;
    int64_t wide = 0;
    if (type_.integer_bytes == 8) {
      std::memcpy(&wide, reinterpret_cast<const void*>(word), 8);
      return wide;
    }
    int32_t narrow;
    std::memcpy(&narrow, reinterpret_cast<const void*>(word), 4);
    return narrow;
  }
  return type_.integer_bytes == 8 ? static_cast<int64_t>(word) : static_cast<int32_t>(word);
}

void NumericCall::keep(const void* bytes, size_t count) {
  if (argument_bytes_ + count > sizeof arguments_) return;
  std::memcpy(arguments_ + argument_bytes_, bytes, count);
  argument_bytes_ += count;
}

bool NumericCall::is_zero(Word scalar, uint32_t parts) const {
  static constexpr unsigned char kZero[16] = {};
  const size_t bytes = type_.real_bytes();
  for (uint32_t part = 0; part < parts; ++part) {
    unsigned char value[8] = {};
    std::memcpy(value, reinterpret_cast<const unsigned char*>(scalar) + part * bytes, bytes);
    value[bytes - 1] &= 0x7f;  // -0 is 0
    if (std::memcmp(value, kZero, bytes) != 0) return false;
  }
  return true;
}

bool NumericCall::read_argument(Field field, char letter, Word word) {
  switch (field) {
    case Field::kOption: {
      char value = 0;
      if (convention_ == Convention::kC)
        value = letter_of(word);
      else if (word)
        value = static_cast<char>(*reinterpret_cast<const char*>(word) & ~0x20);
      options_[letter - 'a'] = value;
      keep(&value, 1);
      return value != 0;
    }
    case Field::kInteger: {
      const int64_t value = integers_[letter - 'a'] = integer(word);
      keep(&value, sizeof value);
      return value >= 0 && value <= kMostElements;
    }
    case Field::kLength:
      return integer(word) >= 0;
    case Field::kScalar:
    case Field::kRealScalar: {
      if (!word) return false;
      const uint32_t parts = field == Field::kScalar ? type_.parts : 1;
      keep(reinterpret_cast<const void*>(word), parts * type_.real_bytes());
      zero_[letter - 'a'] = is_zero(word, parts);
      reads_nothing_ |= letter == 'x' && zero_[letter - 'a'];
      return true;
    }
    default:
      return true;
  }
}

int64_t NumericCall::part_of(char letter, int64_t all) const {
  if (option(letter) == 'A') return all;
  return option(letter) == 'S' ? std::min(integers_['m' - 'a'], integers_['n' - 'a']) : 0;
}

int64_t NumericCall::size(char letter) const {
  const auto value = [&](char of) { return integers_[of - 'a']; };
  switch (letter) {
    case '1':
      return 1;
    case '&':
      return std::min(value('m'), value('n'));
    case '@':
      return option('l') == 'L' ? value('m') : value('n');
    case '~':
      return option('t') == 'N' ? value('n') : value('m');
    case '%':
      return option('t') == 'N' ? value('m') : value('n');
    case 'J':
      return part_of('j', value('m'));
    case 'K':
      return part_of('k', value('n'));
    case 'L':
      return part_of('j', value('n'));
    default:
      return value(letter);
  }
}

// Where the elements are; false when the routine would refuse the step.
bool NumericCall::shape(const Routine::Buffer& buffer, Word step, CallBuffer& out) const {
  int64_t rows = size(buffer.rows), columns = 1;
  if (buffer.shape == Shape::kVector) {
    // A negative increment goes through the same memory from its other end.
    const int64_t by = integer(step);
    if (by == INT64_MIN) return false;
    if (by == 0) rows = std::min<int64_t>(rows, 1);
    out.runs = static_cast<uint64_t>(rows);
    out.length = 1;
    out.stride = static_cast<uint64_t>(by < 0 ? -by : by);
    if (out.stride == 1) out = {out.name, out.data, out.dtype, out.parts, 1, out.runs, out.runs};
    return true;
  }
  if (buffer.shape != Shape::kMatrix) {
    out.runs = 1;
    out.length = out.stride = static_cast<uint64_t>(rows);
    return true;
  }
  columns = size(buffer.columns);
  if (buffer.transposed && option(buffer.transposed) != 'N') std::swap(rows, columns);
  if (by_rows_) std::swap(rows, columns);  // from here on a column is what is contiguous
  const int64_t leading = integer(step);
  if (leading < std::max<int64_t>(1, rows)) return rows == 0 || columns == 0;
  out.runs = static_cast<uint64_t>(columns);
  out.length = static_cast<uint64_t>(rows);
  out.stride = static_cast<uint64_t>(leading);
  if (!buffer.triangle) return true;
  const bool upper = (option(buffer.triangle) == 'U') != by_rows_;
  out.part = upper ? CallBuffer::Part::kToDiagonal : CallBuffer::Part::kFromDiagonal;
  out.without_diagonal = buffer.unit && option(buffer.unit) == 'U';
  return true;
}

bool NumericCall::add_buffer(const Routine::Buffer& buffer, std::span<const Word> words) {
  static constexpr const char* kNames[] = {"a0",  "a1",  "a2",  "a3",  "a4",  "a5",  "a6",
                                           "a7",  "a8",  "a9",  "a10", "a11", "a12", "a13",
                                           "a14", "a15", "a16", "a17", "a18", "a19"};
  CallBuffer out{};
  out.name = kNames[buffer.argument];
  out.data = reinterpret_cast<const void*>(words[buffer.argument]);
  out.dtype = buffer.shape != Shape::kIntegers ? type_.dtype
              : type_.integer_bytes == 8       ? kernels::DType::kI64
                                               : kernels::DType::kI32;
  const bool whole = buffer.shape != Shape::kRealStretch && buffer.shape != Shape::kIntegers;
  out.parts = whole ? type_.parts : 1;
  const bool stepped = buffer.shape == Shape::kMatrix || buffer.shape == Shape::kVector;
  if (!shape(buffer, stepped ? words[buffer.argument + 1u] : 0, out)) return false;
  if (out.runs == 0 || out.length == 0) return true;
  if (!out.data) return false;
  bool read = buffer.read, written = buffer.written;
  if (buffer.needs) {
    const size_t at = static_cast<size_t>(buffer.needs - 'a');
    // Of a scalar only what is read depends on it; of an option all does.
    if (zero_[at]) read = false;
    if (options_[at] == 'N') read = written = false;
  }
  if (read && !written && reads_nothing_) read = false;
  if (read) inputs_[input_count_++] = out;
  if (written) outputs_[output_count_++] = out;
  return true;
}

bool NumericCall::read(const Routine& routine, NumberType type, Convention convention,
                       std::span<const Word> words) {
  type_ = type;
  convention_ = convention;
  std::memset(zero_, 0, sizeof zero_);
  std::memset(options_, 0, sizeof options_);
  if (convention == Convention::kC && words.size() > routine.arguments) {
    const auto storage = static_cast<uint32_t>(words[0]);
    if (storage != kRowMajor && storage != kColumnMajor) return false;
    by_rows_ = storage == kRowMajor;
    const char order = by_rows_ ? 'R' : 'C';
    keep(&order, 1);
    words = words.subspan(1);
  }
  if (words.size() < routine.arguments) return false;
  for (unsigned i = 0; i < routine.arguments; ++i)
    if (!read_argument(routine.fields[i], routine.letters[i], words[i])) return false;
  inputs_[input_count_++] = plain("arguments", arguments_, argument_bytes_);
  for (unsigned i = 0; i < routine.buffers; ++i)
    if (!add_buffer(routine.buffer[i], words)) return false;
  for (unsigned i = 0; i < routine.arguments; ++i)
    if (routine.fields[i] == Field::kInfo && words[i])
      outputs_[output_count_++] =
          plain("info", reinterpret_cast<const void*>(words[i]), type.integer_bytes);
  return true;
}

void NumericCall::add_result(const void* data, uint64_t bytes) {
  outputs_[output_count_++] = plain("result", data, bytes / type_.real_bytes(), type_.dtype);
}

}  // namespace detaudit::instrument
