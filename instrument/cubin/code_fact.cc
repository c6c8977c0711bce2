#include "instrument/cubin/code_fact.h"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace detaudit::instrument {
namespace {

// "A form operation type space loop answers offset line file", "T kind offset line file", "whole",
// "part": numbers are those of the enumerations, which therefore only grow.
constexpr std::string_view kWhole = "whole", kPart = "part";

template <typename Number>
bool take(std::string_view& text, Number& number) {
  if (text.empty() || text.front() != ' ') return false;
  text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

template <typename Enum>
bool take_enum(std::string_view& text, Enum& value, Enum last) {
  unsigned number = 0;
  if (!take(text, number) || number > static_cast<unsigned>(last)) return false;
  value = static_cast<Enum>(number);
  return true;
}

bool take_place(std::string_view text, CodeFact& fact) {
  if (!take(text, fact.offset) || !take(text, fact.line)) return false;
  if (!text.empty()) fact.file = text.substr(1);
  return true;
}

void add_number(std::string& text, unsigned number) { text += ' ' + std::to_string(number); }

auto kind_of(const CodeFact& fact) {
  const Atomic& a = fact.atomic;
  return std::tuple(fact.kind, a.form, a.operation, a.type, a.space, a.loop, a.answers, fact.timing,
                    fact.line, std::string_view(fact.file));
}

// Facts of one kernel, merged by kind and line.
class Facts {
 public:
  explicit Facts(const Cubin& cubin) : cubin_(cubin) {}
  void set_own(bool own) { own_ = own; }

  template <typename Instruction>
  void add(CodeFact fact, const Instruction& at) {
    fact.offset = own_ ? at.offset : CodeFact::kInCallee;
    if (at.line && at.file < cubin_.files.size()) {
      fact.line = at.line;
      fact.file = cubin_.files[at.file];
    }
    for (CountedFact& known : facts_) {
      if (kind_of(known.fact) != kind_of(fact)) continue;
      ++known.instructions;
      return;
    }
    if (facts_.size() == kMostCodeFacts)
      more_ = true;
    else
      facts_.push_back({std::move(fact), 1});
  }

  std::vector<CountedFact> finish(bool whole) {
    CodeFact end;
    end.kind = whole && !more_ ? CodeFact::Kind::kWhole : CodeFact::Kind::kPart;
    facts_.push_back({end, 1});
    return std::move(facts_);
  }

 private:
  const Cubin& cubin_;
  bool own_ = true, more_ = false;
  std::vector<CountedFact> facts_;
};

}  // namespace

std::string encode(const CodeFact& fact) {
  std::string text;
  switch (fact.kind) {
    case CodeFact::Kind::kWhole:
      return std::string(kWhole);
    case CodeFact::Kind::kPart:
      return std::string(kPart);
    case CodeFact::Kind::kAtomic:
      text = "A";
      for (unsigned number :
           {static_cast<unsigned>(fact.atomic.form), static_cast<unsigned>(fact.atomic.operation),
            static_cast<unsigned>(fact.atomic.type), static_cast<unsigned>(fact.atomic.space),
            static_cast<unsigned>(fact.atomic.loop), unsigned{fact.atomic.answers}})
        add_number(text, number);
      break;
    case CodeFact::Kind::kTiming:
      text = "T";
      add_number(text, static_cast<unsigned>(fact.timing));
      break;
  }
  add_number(text, fact.offset);
  add_number(text, fact.line);
  return fact.file.empty() ? text : text + ' ' + fact.file;
}

std::optional<CodeFact> decode_code_fact(std::string_view text) {
  CodeFact fact;
  if (text == kWhole) return fact;
  fact.kind = CodeFact::Kind::kPart;
  if (text == kPart) return fact;
  if (text.empty()) return std::nullopt;
  const char first = text.front();
  text.remove_prefix(1);
  if (first == 'T') {
    fact.kind = CodeFact::Kind::kTiming;
    if (!take_enum(text, fact.timing, TimingKind::kProcessor)) return std::nullopt;
  } else if (first == 'A') {
    fact.kind = CodeFact::Kind::kAtomic;
    unsigned answers = 0;
    if (!take_enum(text, fact.atomic.form, AtomicForm::kTensorReduce) ||
        !take_enum(text, fact.atomic.operation, AtomicOperation::kOther) ||
        !take_enum(text, fact.atomic.type, NumberType::kUnknown) ||
        !take_enum(text, fact.atomic.space, MemorySpace::kGeneric) ||
        !take_enum(text, fact.atomic.loop, SwapLoop::kFloatArithmetic) || !take(text, answers))
      return std::nullopt;
    fact.atomic.answers = answers != 0;
  } else {
    return std::nullopt;
  }
  return take_place(text, fact) ? std::optional(fact) : std::nullopt;
}

std::vector<CountedFact> code_facts(const Cubin& cubin, const CubinFunction& kernel) {
  Facts facts(cubin);
  bool own = true;
  for (uint32_t index : kernel.reaches) {
    const CubinFunction& function = cubin.functions[index];
    facts.set_own(own);
    own = false;  // the kernel itself comes first
    for (const Atomic& atomic : function.atomics) {
      CodeFact fact;
      fact.kind = CodeFact::Kind::kAtomic;
      fact.atomic = atomic;
      facts.add(std::move(fact), atomic);
    }
    for (const Timing& timing : function.timings) {
      CodeFact fact;
      fact.kind = CodeFact::Kind::kTiming;
      fact.timing = timing.kind;
      facts.add(std::move(fact), timing);
    }
  }
  return facts.finish(!kernel.reaches.empty() && !kernel.calls_outside);
}

}  // namespace detaudit::instrument
