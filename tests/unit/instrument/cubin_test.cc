#include "instrument/cubin/cubin.h"

#include <elf.h>
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "tests/unit/instrument/cubin_fixtures.h"

namespace detaudit::instrument {
namespace {

namespace fs = std::filesystem;
using testing::AnyOf;
using testing::IsEmpty;

// Of small.cu.
void expect_small(unsigned sm, Bytes bytes) {
  const Cubin cubin = read_cubin(bytes);
  SCOPED_TRACE("sm_" + std::to_string(sm));
  ASSERT_EQ(cubin.status, CubinStatus::kRead);
  EXPECT_EQ(cubin.sm, sm);
  EXPECT_THAT(cubin.degraded, IsEmpty());
  ASSERT_EQ(cubin.functions.size(), 4u);
  for (const CubinFunction& kernel : cubin.functions) {
    EXPECT_TRUE(kernel.is_kernel);
    EXPECT_EQ(effect_of(cubin, kernel), expected_of(kernel.name)) << kernel.name;
    ASSERT_EQ(kernel.parameters.size(), 2u);
    EXPECT_EQ(kernel.parameters[1].offset, 8u);
    EXPECT_EQ(kernel.parameters[1].size, 8u);
  }
}

TEST(Cubin, CommittedOnesOfEverySmHaveTheEffectsThatTheirSourceSays) {
  std::set<unsigned> sms;
  for (const char* file : {"small_zstd.fatbin", "small_lz4.fatbin"}) {
    SCOPED_TRACE(file);
    const auto fatbin = small_fixture(file);
    for (const auto& [sm, bytes] : cubins_of(fatbin)) {
      expect_small(sm, bytes);
      sms.insert(sm);
    }
  }
  EXPECT_EQ(sms, (std::set<unsigned>{75, 86, 90, 120}));
  // No nvcc of CUDA 13 makes these.
  expect_small(70, small_fixture("small.70.cubin"));
  expect_small(72, small_fixture("small.72.cubin"));
}

TEST(Cubin, LinesArePlacedInTheSourceNotInTheToolkitsHeaders) {
  const auto bytes = small_fixture("lines.90.cubin");
  const Cubin cubin = read_cubin(bytes);
  std::map<std::string, uint32_t> lines;
  for (const CubinFunction& kernel : cubin.functions) {
    for (const Atomic& atomic : kernel.atomics) {
      ASSERT_LT(atomic.file, cubin.files.size());
      EXPECT_THAT(cubin.files[atomic.file], testing::EndsWith("small.cu"));
      lines[std::string(kernel.name)] = atomic.line;
    }
  }
  EXPECT_EQ(lines["add__float_sum"], 3u);
  EXPECT_EQ(lines["loop__swap_loop"], 10u);
  EXPECT_EQ(lines["count__integer"], 14u);
}

// `.nv_debug.shared` in NCCL: of NVIDIA's own type for memory to set aside, longer than the file.
TEST(Cubin, SectionsThatOnlySetMemoryAsideMayBeLargerThanTheFile) {
  auto bytes = small_fixture("lines.90.cubin");
  Elf64_Ehdr header;
  ASSERT_TRUE(read_record(bytes, 0, header));
  const size_t section = header.e_shoff + 4 * sizeof(Elf64_Shdr);  // none that is read
  Elf64_Shdr changed;
  ASSERT_TRUE(read_record(bytes, section, changed));
  changed.sh_size = uint64_t{1} << 30;
  std::memcpy(bytes.data() + section, &changed, sizeof changed);
  EXPECT_THAT(read_cubin(bytes).degraded, testing::SizeIs(1));
  changed.sh_type = 0x7000000a;
  std::memcpy(bytes.data() + section, &changed, sizeof changed);
  EXPECT_THAT(read_cubin(bytes).degraded, IsEmpty());
}

TEST(Cubin, OtherBytesAreNone) {
  EXPECT_EQ(read_cubin({}).status, CubinStatus::kNotCubin);
  const std::string text = "no ELF image at all, but longer than the header of one would have been";
  EXPECT_EQ(read_cubin(std::as_bytes(std::span(text))).status, CubinStatus::kNotCubin);
  const auto program = file_bytes("/proc/self/exe");
  EXPECT_EQ(read_cubin(program).status, CubinStatus::kNotCubin);
}

// Compiled in this build, by the nvcc that was found.
class Compiled : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(folder() / "done")) GTEST_SKIP() << "no nvcc compiled the GPU fixtures";
  }
  static fs::path folder() { return DETAUDIT_GPU_FIXTURES; }
  static std::vector<unsigned> sms() {
    std::ifstream file(folder() / "sms.txt");
    return {std::istream_iterator<unsigned>(file), {}};
  }
};

TEST_F(Compiled, EveryKernelOfEverySmHasTheEffectThatItsSourceSays) {
  ASSERT_GE(sms().size(), 6u);
  for (unsigned sm : sms()) {
    const auto bytes = file_bytes(folder() / ("kernels." + std::to_string(sm) + ".cubin"));
    const Cubin cubin = read_cubin(bytes);
    ASSERT_EQ(cubin.status, CubinStatus::kRead);
    EXPECT_EQ(cubin.sm, sm);
    EXPECT_GE(cubin.functions.size(), sm >= 90 ? 28u : 23u);
    for (const CubinFunction& kernel : cubin.functions) {
      SCOPED_TRACE("sm_" + std::to_string(sm) + " " + std::string(kernel.name));
      const std::string expected = expected_of(kernel.name);
      if (expected == "float_any") {
        EXPECT_THAT(effect_of(cubin, kernel), AnyOf("float_sum", "swap_loop"));
      } else {
        EXPECT_EQ(effect_of(cubin, kernel), expected);
      }
      for (const Atomic& atomic : kernel.atomics) EXPECT_GT(atomic.line, 0u);
    }
  }
}

TEST_F(Compiled, WhatFollowsTimeIsFoundAsTheSourceSays) {
  const std::map<std::string, TimingKind> kinds = {{"poll", TimingKind::kPoll},
                                                   {"clock", TimingKind::kClock},
                                                   {"processor", TimingKind::kProcessor}};
  for (unsigned sm : sms()) {
    const auto bytes = file_bytes(folder() / ("timing." + std::to_string(sm) + ".cubin"));
    const Cubin cubin = read_cubin(bytes);
    EXPECT_EQ(cubin.functions.size(), 11u);
    for (const CubinFunction& kernel : cubin.functions) {
      SCOPED_TRACE("sm_" + std::to_string(sm) + " " + std::string(kernel.name));
      const auto expected = kinds.find(expected_of(kernel.name));
      EXPECT_EQ(kernel.timings.empty(), expected == kinds.end());
      for (const Timing& timing : kernel.timings) {
        EXPECT_EQ(timing.kind, expected->second);
        EXPECT_GT(timing.line, 0u);
      }
    }
  }
}

TEST_F(Compiled, VariablesThatTheCodeUsesAreSeen) {
  for (unsigned sm : sms()) {
    for (const bool used : {true, false}) {
      const std::string name =
          (used ? "variables." : "no_variables.") + std::to_string(sm) + ".cubin";
      SCOPED_TRACE(name);
      const auto bytes = file_bytes(folder() / name);
      const Cubin cubin = read_cubin(bytes);
      ASSERT_EQ(cubin.functions.size(), 1u);
      EXPECT_EQ(uses_variables(cubin, cubin.functions[0]), used);
    }
  }
}

TEST_F(Compiled, AnAnswerIsWhatTheSourceUses) {
  for (unsigned sm : sms()) {
    const auto bytes = file_bytes(folder() / ("kernels." + std::to_string(sm) + ".cubin"));
    const Cubin cubin = read_cubin(bytes);
    for (const CubinFunction& kernel : cubin.functions) {
      const bool used = kernel.name == "add_f32_returned__float_sum";
      if (!used && kernel.name != "add_f32__float_sum" && kernel.name != "red_f32__float_sum")
        continue;
      EXPECT_EQ(kernel.atomics.at(0).answers, used) << kernel.name << " sm_" << sm;
    }
  }
}

TEST_F(Compiled, TypesAreThoseOfTheSource) {
  const std::map<std::string, NumberType> expected = {
      {"add_f32__float_sum", NumberType::kF32},     {"add_f64__float_sum", NumberType::kF64},
      {"add_half2__float_sum", NumberType::kF16x2}, {"red_f32__float_sum", NumberType::kF32},
      {"loop_f32__swap_loop", NumberType::kF32},    {"loop_f64__swap_loop", NumberType::kF64},
      {"shared_f64__swap_loop", NumberType::kF64},  {"add_u64__integer", NumberType::kU64},
      {"max_int__integer", NumberType::kS32},       {"bulk_f32__bulk_sum", NumberType::kF32},
      {"vector_f32__float_sum", NumberType::kF32x4}};
  for (unsigned sm : sms()) {
    const auto bytes = file_bytes(folder() / ("kernels." + std::to_string(sm) + ".cubin"));
    const Cubin cubin = read_cubin(bytes);
    for (const CubinFunction& kernel : cubin.functions) {
      auto found = expected.find(std::string(kernel.name));
      if (found == expected.end()) continue;
      ASSERT_FALSE(kernel.atomics.empty()) << kernel.name;
      EXPECT_EQ(type_name(kernel.atomics[0].type), std::string(type_name(found->second)))
          << kernel.name << " sm_" << sm;
      const bool shared = kernel.name.starts_with("shared");
      EXPECT_EQ(kernel.atomics[0].space == MemorySpace::kShared, shared) << kernel.name;
    }
  }
}

TEST_F(Compiled, RenamingKernelsChangesNothing) {
  const auto named = file_bytes(folder() / "kernels.90.cubin");
  const auto renamed = file_bytes(folder() / "renamed.90.cubin");
  const Cubin first = read_cubin(named), second = read_cubin(renamed);
  std::map<std::string, std::string> effects;
  for (const auto& kernel : first.functions) {
    effects[std::string(kernel.name.substr(0, kernel.name.rfind("__")))] = effect_of(first, kernel);
  }
  ASSERT_EQ(second.functions.size(), effects.size());
  for (const auto& kernel : second.functions) {
    const std::string name(kernel.name.substr(0, kernel.name.rfind("_kernel")));
    EXPECT_EQ(effect_of(second, kernel), effects.at(name)) << name;
  }
}

TEST_F(Compiled, ParametersLieWhereTheAbiPutsThem) {
  struct Layout {
    std::string kernel;
    std::vector<std::pair<uint32_t, uint32_t>> offsets_and_sizes;
  };
  const Layout layouts[] = {{"parameters__none", {{0, 1}, {8, 32}, {40, 8}, {48, 2}}},
                            {"many_parameters__none", {{0, 6000}, {6000, 8}, {6008, 8}}}};
  for (unsigned sm : sms()) {
    const auto bytes = file_bytes(folder() / ("kernels." + std::to_string(sm) + ".cubin"));
    const Cubin cubin = read_cubin(bytes);
    for (const Layout& layout : layouts) {
      auto kernel = std::find_if(cubin.functions.begin(), cubin.functions.end(),
                                 [&](const auto& one) { return one.name == layout.kernel; });
      ASSERT_NE(kernel, cubin.functions.end());
      std::vector<std::pair<uint32_t, uint32_t>> found;
      for (const auto& one : kernel->parameters) found.emplace_back(one.offset, one.size);
      EXPECT_EQ(found, layout.offsets_and_sizes) << layout.kernel << " sm_" << sm;
    }
  }
}

TEST_F(Compiled, KernelsAreCapableOfWhatTheyCall) {
  for (const char* file : {"calls_object.90.cubin", "calls_linked.90.cubin"}) {
    const auto bytes = file_bytes(folder() / file);
    const Cubin cubin = read_cubin(bytes);
    unsigned kernels = 0;
    for (const CubinFunction& function : cubin.functions) {
      if (!function.is_kernel) continue;
      ++kernels;
      EXPECT_EQ(effect_of(cubin, function), expected_of(function.name))
          << file << " " << function.name;
      EXPECT_FALSE(function.calls_outside) << function.name;
    }
    EXPECT_EQ(kernels, 6u) << file;
  }
}

}  // namespace
}  // namespace detaudit::instrument
