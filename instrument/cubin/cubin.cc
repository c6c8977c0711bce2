#include "instrument/cubin/cubin.h"

#include <algorithm>
#include <new>

#include "instrument/cubin/call_graph.h"
#include "instrument/cubin/elf_image.h"
#include "instrument/cubin/instruction.h"
#include "instrument/cubin/line_table.h"
#include "instrument/cubin/swap_loop.h"

namespace detaudit::instrument {
namespace {

constexpr uint16_t kCudaMachine = 190;
constexpr uint8_t kKernelSymbol = 0x10;
constexpr std::string_view kText = ".text.";
constexpr std::string_view kInfo = ".nv.info.";
constexpr unsigned kBankOfAddresses = 4;
constexpr unsigned kFirstSm = 70, kLastSm = 121;

unsigned sm_of(const Elf64_Ehdr& header) {
  return header.e_ident[EI_ABIVERSION] >= 8 ? (header.e_flags >> 8) & 0xff : header.e_flags & 0xff;
}

class Reader {
 public:
  Reader(const ElfImage& elf, Cubin& cubin) : elf_(elf), cubin_(cubin) {}

  void run() {
    find_functions();
    mark_kernels();
    for (size_t i = 0; i < cubin_.functions.size(); ++i) read_function(i);
    place_lines();
    connect();
    find_variables();
    if (elf_.symbols().empty()) cubin_.degraded.push_back("it has no symbol table");
    if (elf_.damaged()) cubin_.degraded.push_back("some of its sections are damaged or cut short");
    if (cubin_.sm > kLastSm) {
      cubin_.degraded.push_back("sm_" + std::to_string(cubin_.sm) +
                                " is newer than this decoder: read as sm_" +
                                std::to_string(kLastSm));
    }
  }

 private:
  void find_functions() {
    function_of_section_.assign(elf_.sections().size(), CallGraph::kNoFunction);
    for (size_t i = 0; i < elf_.sections().size(); ++i) {
      const ElfSection& section = elf_.sections()[i];
      if (!section.name.starts_with(kText) || section.type != SHT_PROGBITS) continue;
      function_of_section_[i] = static_cast<uint32_t>(cubin_.functions.size());
      section_of_function_.push_back(static_cast<uint32_t>(i));
      cubin_.functions.emplace_back().name = section.name.substr(kText.size());
    }
  }

  void mark_kernels() {
    for (const ElfSymbol& symbol : elf_.symbols()) {
      if (symbol.type != STT_FUNC || (symbol.other & kKernelSymbol) == 0) continue;
      if (symbol.section >= function_of_section_.size()) continue;
      const uint32_t function = function_of_section_[symbol.section];
      if (function != CallGraph::kNoFunction) cubin_.functions[function].is_kernel = true;
    }
    for (const ElfSection& section : elf_.sections()) {
      if (section.name.starts_with(kInfo))
        infos_.emplace(section.name.substr(kInfo.size()), &section);
    }
  }

  void read_function(size_t index) {
    CubinFunction& function = cubin_.functions[index];
    Bytes code = elf_.sections()[section_of_function_[index]].bytes;
    if (code.size() > UINT32_MAX) code = code.first(UINT32_MAX);
    Instruction instruction;
    for (uint64_t at = 0; read_record(code, at, instruction); at += kInstructionBytes) {
      function.names_variables |= constant_bank(instruction) == kBankOfAddresses;
      auto atomic = decode_atomic(instruction, cubin_.sm);
      if (!atomic) continue;
      atomic->offset = static_cast<uint32_t>(at);
      if (atomic->form == AtomicForm::kCompareSwap) {
        const auto reading = read_swap_loop(code, at / kInstructionBytes, cubin_.sm);
        atomic->loop = reading.loop;
        if (reading.loop == SwapLoop::kFloatArithmetic) atomic->type = reading.type;
      }
      atomic->answers =
          atomic->form != AtomicForm::kReduce && instruction.destination() != kZeroRegister;
      function.atomics.push_back(*atomic);
    }
    function.timings = read_timings(code, cubin_.sm);
    auto info = infos_.find(function.name);
    if (!function.is_kernel || info == infos_.end()) return;
    function.parameters = read_parameters(info->second->bytes);
  }

  void place_lines() {
    const bool any = std::any_of(
        cubin_.functions.begin(), cubin_.functions.end(),
        [](const CubinFunction& f) { return !f.atomics.empty() || !f.timings.empty(); });
    if (!any) return;
    LineTable lines(elf_);
    for (size_t i = 0; i < cubin_.functions.size(); ++i) {
      const auto set_place = [&](auto& instruction) {
        const auto place = lines.find(section_of_function_[i], instruction.offset);
        instruction.line = place.line;
        instruction.file = place.file;
      };
      for (Atomic& atomic : cubin_.functions[i].atomics) set_place(atomic);
      for (Timing& timing : cubin_.functions[i].timings) set_place(timing);
    }
    cubin_.files = lines.files();
  }

  void connect() {
    CallGraph graph(elf_, function_of_section_, cubin_.functions.size());
    for (uint32_t i = 0; i < cubin_.functions.size(); ++i) {
      CubinFunction& function = cubin_.functions[i];
      if (!function.is_kernel) continue;
      function.reaches = graph.reachable(i);
      for (uint32_t each : function.reaches) {
        if (graph.calls_outside(each)) function.calls_outside = true;
      }
    }
    if (graph.exhausted()) {
      cubin_.degraded.push_back("its call graph is too large: what some kernels call is not known");
    }
  }

  // A variable's address is put into the code, or into constant bank 4, when the module is loaded.
  void find_variables() {
    for (const ElfSection& section : elf_.sections()) {
      if (section.type != SHT_RELA && section.type != SHT_REL) continue;
      if (section.info >= function_of_section_.size()) continue;
      const uint32_t function = function_of_section_[section.info];
      if (function == CallGraph::kNoFunction) continue;
      for (const ElfRelocation& relocation : relocations(section)) {
        if (relocation.symbol >= elf_.symbols().size()) continue;
        const uint32_t in = elf_.symbols()[relocation.symbol].section;
        if (in < elf_.sections().size() && elf_.sections()[in].name.starts_with(".nv.global"))
          cubin_.functions[function].names_variables = true;
      }
    }
  }

  const ElfImage& elf_;
  Cubin& cubin_;
  std::vector<uint32_t> function_of_section_, section_of_function_;
  std::unordered_map<std::string_view, const ElfSection*> infos_;
};

void read_into(Bytes bytes, Cubin& cubin) {
  auto elf = ElfImage::read(bytes);
  if (!elf || elf->header().e_machine != kCudaMachine) return;
  cubin.sm = sm_of(elf->header());
  if (cubin.sm < kFirstSm) {
    cubin.status = CubinStatus::kUnknownSm;
    return;
  }
  cubin.status = CubinStatus::kRead;
  Reader(*elf, cubin).run();
}

}  // namespace

Cubin read_cubin(Bytes bytes) noexcept {
  try {
    Cubin cubin;
    read_into(bytes, cubin);
    return cubin;
  } catch (const std::bad_alloc&) {
    Cubin none;
    none.status = CubinStatus::kOutOfMemory;
    return none;
  }
}

std::array<uint32_t, kOrderEffects> count_effects(const Cubin& cubin,
                                                  const CubinFunction& kernel) noexcept {
  std::array<uint32_t, kOrderEffects> counts{};
  for (uint32_t index : kernel.reaches) {
    for (const Atomic& atomic : cubin.functions[index].atomics) {
      ++counts[static_cast<unsigned>(order_effect(atomic))];
    }
  }
  return counts;
}

bool uses_variables(const Cubin& cubin, const CubinFunction& kernel) noexcept {
  return kernel.calls_outside || kernel.reaches.empty() ||
         std::any_of(kernel.reaches.begin(), kernel.reaches.end(),
                     [&](uint32_t index) { return cubin.functions[index].names_variables; });
}

bool looks_like_cubin(Bytes bytes) noexcept {
  Elf64_Ehdr header;
  return read_record(bytes, 0, header) && std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_machine == kCudaMachine;
}

}  // namespace detaudit::instrument
