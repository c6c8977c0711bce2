#include "instrument/cubin/call_graph.h"

#include <algorithm>

namespace detaudit::instrument {
namespace {

constexpr uint64_t kMostWork = uint64_t{1} << 24;  // edges followed, over all kernels

// `.nv.callgraph` holds pairs of words; one of {0, a negative number} says what the next are.
enum class CallKind : int32_t {
  kCalls = -1,       // caller, callee
  kTaken = -2,       // function whose address is taken, prototype
  kIndirect = -3,    // caller through a pointer, prototype
  kReferences = -4,  // function, function whose address it reads
};

// The C library of the device: defined by the driver, and adds nothing up.
bool is_provided(std::string_view name) {
  return name == "malloc" || name == "free" || name == "vprintf" || name == "__assertfail" ||
         name == "printf" || name.starts_with("cuda") || name.starts_with("__cuda");
}

}  // namespace

CallGraph::CallGraph(const ElfImage& elf, const std::vector<uint32_t>& function_of_section,
                     size_t functions)
    : function_of_section_(function_of_section),
      functions_(functions),
      calls_outside_(functions, false),
      work_left_(kMostWork) {
  add_calls(elf);
  add_relocations(elf);
  finish();
}

void CallGraph::add_calls(const ElfImage& elf) {
  const ElfSection* section = elf.find(".nv.callgraph");
  if (!section) return;
  struct Pair {
    uint32_t first;
    int32_t second;
  } pair;
  CallKind kind = CallKind::kCalls;
  for (uint64_t at = 0; read_record(section->bytes, at, pair); at += sizeof pair) {
    if (pair.first == 0 && pair.second < 0) {
      kind = static_cast<CallKind>(pair.second);
      continue;
    }
    const uint32_t caller = function_of_symbol(elf, pair.first);
    if (caller == kNoFunction) continue;
    const uint32_t second = static_cast<uint32_t>(pair.second);
    if (kind == CallKind::kCalls || kind == CallKind::kReferences) add_call(elf, caller, second);
    if (kind == CallKind::kTaken) add_prototype(caller, second, true);
    if (kind == CallKind::kIndirect) add_prototype(caller, second, false);
  }
}

// A function that another's code refers to may be called by it.
void CallGraph::add_relocations(const ElfImage& elf) {
  for (const ElfSection& section : elf.sections()) {
    if (section.type != SHT_RELA && section.type != SHT_REL) continue;
    if (section.info >= function_of_section_.size()) continue;
    const uint32_t caller = function_of_section_[section.info];
    if (caller == kNoFunction) continue;
    for (const ElfRelocation& relocation : relocations(section)) {
      if (relocation.symbol >= elf.symbols().size()) continue;
      if (elf.symbols()[relocation.symbol].type != STT_FUNC) continue;
      add_call(elf, caller, relocation.symbol);
    }
  }
}

void CallGraph::add_call(const ElfImage& elf, uint32_t caller, uint32_t callee) {
  const uint32_t to = function_of_symbol(elf, callee);
  if (to != kNoFunction) return add_edge(caller, to);
  if (callee >= elf.symbols().size()) return;
  const ElfSymbol& symbol = elf.symbols()[callee];
  if (symbol.section == 0 && !is_provided(symbol.name)) calls_outside_[caller] = true;
}

void CallGraph::add_prototype(uint32_t caller_or_taken, uint32_t prototype, bool taken) {
  const uint32_t next = static_cast<uint32_t>(functions_ + prototypes_.size());
  const uint32_t node = prototypes_.emplace(prototype, next).first->second;
  taken ? add_edge(node, caller_or_taken) : add_edge(caller_or_taken, node);
}

void CallGraph::add_edge(uint32_t from, uint32_t to) {
  if (from != to) edges_.emplace_back(from, to);
}

void CallGraph::finish() {
  std::sort(edges_.begin(), edges_.end());
  edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
  const size_t nodes = functions_ + prototypes_.size();
  first_edge_.assign(nodes + 1, edges_.size());
  for (size_t i = edges_.size(); i > 0; --i) first_edge_[edges_[i - 1].first] = i - 1;
  for (size_t i = nodes; i > 0; --i) {
    first_edge_[i - 1] = std::min(first_edge_[i - 1], first_edge_[i]);
  }
  seen_.assign(nodes, 0);
}

std::vector<uint32_t> CallGraph::reachable(uint32_t from) {
  std::vector<uint32_t> found{from};
  ++round_;
  seen_[from] = round_;
  for (size_t next = 0; next < found.size(); ++next) {
    const uint32_t node = found[next];
    for (size_t i = first_edge_[node]; i < first_edge_[node + 1]; ++i) {
      if (work_left_ == 0) return {};
      --work_left_;
      const uint32_t to = edges_[i].second;
      if (seen_[to] == round_) continue;
      seen_[to] = round_;
      found.push_back(to);
    }
  }
  std::erase_if(found, [this](uint32_t node) { return node >= functions_; });
  std::sort(found.begin() + 1, found.end());
  return found;
}

uint32_t CallGraph::function_of_symbol(const ElfImage& elf, uint32_t symbol) const {
  if (symbol >= elf.symbols().size()) return kNoFunction;
  const uint32_t section = elf.symbols()[symbol].section;
  return section < function_of_section_.size() ? function_of_section_[section] : kNoFunction;
}

}  // namespace detaudit::instrument
