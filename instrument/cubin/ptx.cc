#include "instrument/cubin/ptx.h"

#include <algorithm>
#include <array>
#include <new>
#include <optional>
#include <unordered_map>

namespace detaudit::instrument {
namespace {

constexpr uint64_t kMostWork = uint64_t{1} << 24;
constexpr size_t kLongestStatement = size_t{1} << 16;

std::string_view trimmed(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t\r\n");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

bool is_name_byte(char byte) {
  return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '$' || byte == '%';
}

std::string_view name_at(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && is_name_byte(text[end])) ++end;
  return text.substr(0, end);
}

// The compiler declares functions that it calls again, under their name and `$NUMBER`.
std::string plain_name(std::string_view name) {
  const size_t at = name.rfind('$');
  const bool numbered = at != std::string_view::npos && at > 0 && at + 1 < name.size() &&
                        name.find_first_not_of("0123456789", at + 1) == std::string_view::npos;
  return std::string(numbered ? name.substr(0, at) : name);
}

// An instruction's parts: "atom.global.add.f32" has `atom`, `global`, `add`, `f32`.
bool has_part(std::string_view instruction, std::string_view part) {
  for (size_t at = 0; at <= instruction.size();) {
    const size_t end = std::min(instruction.find('.', at), instruction.size());
    if (instruction.substr(at, end - at) == part) return true;
    at = end + 1;
  }
  return false;
}

template <typename Value, size_t N>
Value part_value(std::string_view instruction,
                 const std::array<std::pair<std::string_view, Value>, N>& parts, Value otherwise) {
  for (const auto& [part, value] : parts) {
    if (has_part(instruction, part)) return value;
  }
  return otherwise;
}

AtomicOperation operation_of(std::string_view instruction) {
  static constexpr std::array<std::pair<std::string_view, AtomicOperation>, 10> kParts{{
      {"cas", AtomicOperation::kCompareSwap},
      {"add", AtomicOperation::kAdd},
      {"min", AtomicOperation::kMin},
      {"max", AtomicOperation::kMax},
      {"inc", AtomicOperation::kInc},
      {"dec", AtomicOperation::kDec},
      {"and", AtomicOperation::kAnd},
      {"or", AtomicOperation::kOr},
      {"xor", AtomicOperation::kXor},
      {"exch", AtomicOperation::kExchange},
  }};
  return part_value(instruction, kParts, AtomicOperation::kOther);
}

NumberType type_of(std::string_view instruction) {
  static constexpr std::array<std::pair<std::string_view, NumberType>, 15> kParts{{
      {"f32", NumberType::kF32},
      {"f64", NumberType::kF64},
      {"f16", NumberType::kF16},
      {"bf16", NumberType::kBf16},
      {"f16x2", NumberType::kF16x2},
      {"bf16x2", NumberType::kBf16x2},
      {"f32x2", NumberType::kF32x2},
      {"u32", NumberType::kU32},
      {"s32", NumberType::kS32},
      {"u64", NumberType::kU64},
      {"s64", NumberType::kS64},
      {"b32", NumberType::kU32},
      {"b64", NumberType::kU64},
      {"b16", NumberType::kU32},
      {"b128", NumberType::kB128},
  }};
  return part_value(instruction, kParts, NumberType::kUnknown);
}

std::optional<Atomic> atomic_of(std::string_view instruction) {
  Atomic atomic;
  if (instruction.starts_with("atom.")) {
    atomic.form = AtomicForm::kFetch;
  } else if (instruction.starts_with("red.") || instruction.starts_with("multimem.red.")) {
    atomic.form = AtomicForm::kReduce;
  } else if (instruction.starts_with("cp.reduce.async.bulk.")) {
    atomic.form =
        has_part(instruction, "tensor") ? AtomicForm::kTensorReduce : AtomicForm::kBulkReduce;
  } else {
    return std::nullopt;
  }
  atomic.operation = operation_of(instruction);
  if (atomic.operation == AtomicOperation::kCompareSwap) atomic.form = AtomicForm::kCompareSwap;
  atomic.type = type_of(instruction);
  const bool bulk = atomic.form >= AtomicForm::kBulkReduce;
  atomic.space = bulk || has_part(instruction, "global")                 ? MemorySpace::kGlobal
                 : instruction.find(".shared") != std::string_view::npos ? MemorySpace::kShared
                                                                         : MemorySpace::kGeneric;
  return atomic;
}

bool is_float_arithmetic(std::string_view instruction) {
  const std::string_view what = instruction.substr(0, instruction.find('.'));
  return (what == "add" || what == "sub" || what == "mul" || what == "fma" || what == "mad") &&
         is_float(type_of(instruction));
}

bool is_float_choice(std::string_view instruction) {
  const std::string_view what = instruction.substr(0, instruction.find('.'));
  return (what == "min" || what == "max" || what == "setp" || what == "set") &&
         is_float(type_of(instruction));
}

class Parser {
 public:
  Parser(std::string_view text, Ptx& ptx) : text_(text), ptx_(ptx) {}

  void run() {
    while (!text_.empty()) {
      const size_t end = std::min(text_.find('\n'), text_.size());
      ++line_;
      std::string_view line = text_.substr(0, end);
      line = trimmed(line.substr(0, line.find("//")));
      text_.remove_prefix(std::min(end + 1, text_.size()));
      if (!line.empty()) read_line(line);
    }
    const std::string_view last = trimmed(statement_);
    ptx_.cut = depth_ > 0 || last.find(".entry") != last.npos || last.find(".func") != last.npos;
    read_statement(last);
    connect();
  }

 private:
  struct Step {
    uint32_t atomic = UINT32_MAX;  // in the function's list
    bool arithmetic = false, choice = false;
    NumberType type = NumberType::kUnknown;
  };

  // Braces in the names of files are none.
  void count_braces(std::string_view line) {
    bool quoted = false;
    for (const char byte : line) {
      quoted ^= byte == '"';
      if (quoted) continue;
      if (byte == '{') ++depth_;
      if (byte == '}' && depth_ > 0) --depth_;
    }
  }

  // A statement ends at a semicolon or a brace, some lines later.
  void read_line(std::string_view line) {
    count_braces(line);
    for (size_t at = 0; at < line.size();) {
      const size_t end = std::min(line.find_first_of(";{}", at), line.size());
      if (statement_.size() < kLongestStatement) {
        statement_.append(line.substr(at, end - at)).append(" ");
      }
      if (end < line.size()) {
        read_statement(trimmed(statement_));
        statement_.clear();
      }
      at = end + 1;
    }
  }

  void read_target(std::string_view digits) {
    ptx_.sm = 0;
    for (size_t i = 0; i < digits.size() && i < 4 && digits[i] >= '0' && digits[i] <= '9'; ++i) {
      ptx_.sm = ptx_.sm * 10 + static_cast<unsigned>(digits[i] - '0');
    }
  }

  // What stands before a body: `.visible .entry NAME(`, `.func (.param ...) NAME(`, and before the
  // first of them the file's own directives.
  void read_directive(std::string_view statement) {
    const size_t target = statement.find(".target sm_");
    if (target != std::string_view::npos) read_target(statement.substr(target + 11));
    const size_t entry = statement.find(".entry ");
    if (entry != std::string_view::npos) {
      return start_function(name_at(trimmed(statement.substr(entry + 7))), true);
    }
    const size_t func = statement.find(".func");
    if (func == std::string_view::npos) return;
    std::string_view rest = trimmed(statement.substr(func + 5));
    if (rest.starts_with('('))
      rest = trimmed(rest.substr(std::min(rest.find(')'), rest.size() - 1) + 1));
    start_function(name_at(rest), false);
  }

  void start_function(std::string_view name, bool is_kernel) {
    if (name.empty()) return;
    // A function declared ahead is the one defined later.
    auto [at, fresh] =
        by_name_.emplace(plain_name(name), static_cast<uint32_t>(ptx_.functions.size()));
    if (fresh) {
      ptx_.functions.push_back({at->first, is_kernel, {}, {}});
      calls_.emplace_back();
    }
    current_ = at->second;
    steps_.clear();
    labels_.clear();
  }

  void read_statement(std::string_view statement) {
    statement = past_labels(statement);
    if (statement.starts_with('.')) return read_directive(statement);
    if (current_ == UINT32_MAX || statement.empty()) return;
    if (statement.starts_with('@')) {
      const size_t blank = statement.find_first_of(" \t");
      statement = blank == std::string_view::npos ? "" : trimmed(statement.substr(blank));
    }
    const std::string_view instruction = statement.substr(0, statement.find_first_of(" \t"));
    const std::string_view operands = trimmed(statement.substr(instruction.size()));
    if (instruction.starts_with("bra")) return branch(name_at(operands));
    if (instruction.starts_with("call")) return call(operands);
    note(instruction);
  }

  std::string_view past_labels(std::string_view statement) {
    for (;;) {
      const std::string_view name = name_at(statement);
      if (name.empty() || name.size() >= statement.size() || statement[name.size()] != ':') break;
      labels_[std::string(name)] = steps_.size();
      statement = trimmed(statement.substr(name.size() + 1));
    }
    return statement;
  }

  void note(std::string_view instruction) {
    Step step;
    if (auto atomic = atomic_of(instruction)) {
      auto& atomics = ptx_.functions[current_].atomics;
      step.atomic = static_cast<uint32_t>(atomics.size());
      atomic->offset = line_;
      atomics.push_back(*atomic);
    }
    step.arithmetic = is_float_arithmetic(instruction);
    step.choice = is_float_choice(instruction);
    if (step.arithmetic) step.type = type_of(instruction);
    if (step.atomic != UINT32_MAX || step.arithmetic || step.choice) steps_.push_back(step);
  }

  // A branch back closes a loop over the steps since its label. The innermost speaks: the first
  // seen.
  void branch(std::string_view label) {
    auto found = labels_.find(std::string(label));
    if (found == labels_.end()) return;
    Step loop;
    for (size_t i = found->second; i < steps_.size(); ++i) {
      if (steps_[i].arithmetic) loop.type = steps_[i].type;
      loop.arithmetic |= steps_[i].arithmetic;
      loop.choice |= steps_[i].choice;
    }
    for (size_t i = found->second; i < steps_.size(); ++i) {
      if (steps_[i].atomic == UINT32_MAX) continue;
      Atomic& atomic = ptx_.functions[current_].atomics[steps_[i].atomic];
      if (atomic.form != AtomicForm::kCompareSwap || atomic.loop != SwapLoop::kNone) continue;
      atomic.loop = loop.arithmetic ? SwapLoop::kFloatArithmetic
                    : loop.choice   ? SwapLoop::kFloatMinMax
                                    : SwapLoop::kInteger;
      if (loop.arithmetic) atomic.type = loop.type;
    }
    // Seen once: so the work stays linear, and outer loops do not see the inner one's steps again.
    steps_.resize(std::min(steps_.size(), found->second));
  }

  // `call (results), NAME, (arguments)` or `call NAME`.
  void call(std::string_view operands) {
    if (operands.starts_with('(')) {
      const size_t close = operands.find(')');
      if (close == std::string_view::npos) return;
      operands = operands.substr(close + 1);
    }
    const size_t name = operands.find_first_not_of(", \t");
    if (name == std::string_view::npos) return;
    calls_[current_].push_back(plain_name(name_at(operands.substr(name))));
  }

  void connect() {
    uint64_t work = kMostWork;
    std::vector<uint32_t> seen(ptx_.functions.size(), UINT32_MAX);
    for (uint32_t i = 0; i < ptx_.functions.size(); ++i) {
      if (!ptx_.functions[i].is_kernel) continue;
      std::vector<uint32_t>& reaches = ptx_.functions[i].reaches;
      reaches.push_back(i);
      seen[i] = i;
      for (size_t next = 0; next < reaches.size(); ++next) {
        for (const std::string& callee : calls_[reaches[next]]) {
          if (work == 0) return;
          --work;
          auto found = by_name_.find(callee);
          if (found == by_name_.end() || seen[found->second] == i) continue;
          seen[found->second] = i;
          reaches.push_back(found->second);
        }
      }
    }
  }

  std::string_view text_;
  Ptx& ptx_;
  uint32_t line_ = 0, depth_ = 0;
  uint32_t current_ = UINT32_MAX;
  std::string statement_;
  std::vector<Step> steps_;
  std::unordered_map<std::string, size_t> labels_;
  std::unordered_map<std::string, uint32_t> by_name_;
  std::vector<std::vector<std::string>> calls_;
};

}  // namespace

Ptx read_ptx(std::string_view text) noexcept {
  try {
    Ptx ptx;
    Parser(text.substr(0, text.find('\0')), ptx).run();
    return ptx;
  } catch (const std::bad_alloc&) {
    return {};
  }
}

}  // namespace detaudit::instrument
