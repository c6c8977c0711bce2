#include "instrument/cubin/fatbin.h"

#include <elf.h>
#include <gmock/gmock.h>

#include <cstring>
#include <map>

#include "instrument/cubin/ptx.h"
#include "tests/unit/instrument/cubin_fixtures.h"

namespace detaudit::instrument {
namespace {

namespace fs = std::filesystem;

std::map<std::pair<ImageKind, unsigned>, unsigned> images_of(Bytes bytes) {
  std::map<std::pair<ImageKind, unsigned>, unsigned> counts;
  MemorySource source(bytes);
  for (const GpuImage& image : find_gpu_images(source).images) {
    std::vector<std::byte> unpacked;
    if (image.kind != ImageKind::kLtoIr) {
      EXPECT_EQ(unpack(source, image, unpacked), UnpackStatus::kDone);
      EXPECT_EQ(unpacked.size(), image.unpacked_bytes);
    }
    ++counts[{image.kind, image.sm}];
  }
  return counts;
}

TEST(Fatbin, BothPackingsHoldTheSameImages) {
  const auto zstd = small_fixture("small_zstd.fatbin"), lz4 = small_fixture("small_lz4.fatbin");
  const auto expected =
      std::map<std::pair<ImageKind, unsigned>, unsigned>{{{ImageKind::kCubin, 75}, 1},
                                                         {{ImageKind::kCubin, 86}, 1},
                                                         {{ImageKind::kCubin, 90}, 1},
                                                         {{ImageKind::kCubin, 120}, 1},
                                                         {{ImageKind::kPtx, 90}, 1}};
  EXPECT_EQ(images_of(zstd), expected);
  EXPECT_EQ(images_of(lz4), expected);
  EXPECT_EQ(cubins_of(zstd)[0].second, cubins_of(lz4)[0].second);
}

TEST(Fatbin, IsFoundWhereverItLies) {
  const auto fatbin = small_fixture("small_zstd.fatbin");
  const auto cubin = small_fixture("lines.90.cubin");
  // Across the edge of a window of the search, twice, and a cubin between them.
  std::vector<std::byte> file((size_t{4} << 20) - 3);
  file.insert(file.end(), fatbin.begin(), fatbin.end());
  file.resize(file.size() + 77);
  file.insert(file.end(), cubin.begin(), cubin.end());
  file.insert(file.end(), fatbin.begin(), fatbin.end());
  MemorySource source(file);
  const GpuImages found = find_gpu_images(source);
  EXPECT_EQ(found.images.size(), 11u);
  EXPECT_EQ(found.cut_containers, 0u);
}

// A program for the host with the bytes in its one section.
std::vector<std::byte> program_with(Bytes bytes, uint64_t section_flags) {
  struct {
    Elf64_Ehdr header{};
    Elf64_Shdr sections[2]{};
  } elf;
  std::memcpy(elf.header.e_ident, ELFMAG, SELFMAG);
  elf.header.e_ident[EI_CLASS] = ELFCLASS64;
  elf.header.e_ident[EI_DATA] = ELFDATA2LSB;
  elf.header.e_machine = EM_X86_64;
  elf.header.e_shoff = sizeof elf.header;
  elf.header.e_shentsize = sizeof(Elf64_Shdr);
  elf.header.e_shnum = 2;
  elf.sections[1].sh_type = SHT_PROGBITS;
  elf.sections[1].sh_flags = section_flags;
  elf.sections[1].sh_offset = sizeof elf;
  elf.sections[1].sh_size = bytes.size();
  const Bytes head = std::as_bytes(std::span(&elf, 1));
  std::vector<std::byte> file(head.begin(), head.end());
  file.insert(file.end(), bytes.begin(), bytes.end());
  return file;
}

TEST(Fatbin, ANumberInAnInstructionIsNoFatbin) {
  const auto fatbin = small_fixture("small_zstd.fatbin");
  auto first = fatbin;
  first.resize(100);
  first[18] = std::byte{0x90};  // what follows is no image
  const auto look_alikes = [](Bytes bytes, uint64_t flags) {
    const auto file = program_with(bytes, flags);
    return find_gpu_images(MemorySource(file)).look_alikes;
  };
  EXPECT_EQ(look_alikes(first, SHF_ALLOC | SHF_EXECINSTR), 0u);
  EXPECT_EQ(look_alikes(first, SHF_ALLOC), 1u);
  // What is an image is one wherever it lies.
  const auto file = program_with(fatbin, SHF_ALLOC | SHF_EXECINSTR);
  EXPECT_EQ(find_gpu_images(MemorySource(file)).images.size(), 5u);
}

TEST(Fatbin, BombsAreRefusedBeforeMemoryIsTaken) {
  auto fatbin = small_fixture("small_zstd.fatbin");
  for (uint64_t size : {uint64_t{1} << 40, uint64_t{200} << 20}) {
    std::memcpy(fatbin.data() + 16 + 56, &size, sizeof size);  // the first image's unpacked size
    MemorySource source(fatbin);
    std::vector<std::byte> bytes;
    EXPECT_EQ(unpack(source, find_gpu_images(source).images[0], bytes), UnpackStatus::kTooLarge);
    EXPECT_LT(bytes.capacity(), size_t{1} << 20);
  }
}

TEST(Fatbin, AWrongSizeIsDamage) {
  auto fatbin = small_fixture("small_zstd.fatbin");
  uint64_t size = 100;
  std::memcpy(fatbin.data() + 16 + 56, &size, sizeof size);
  MemorySource source(fatbin);
  std::vector<std::byte> bytes;
  EXPECT_EQ(unpack(source, find_gpu_images(source).images[0], bytes), UnpackStatus::kDamaged);
}

TEST(Ptx, TextThatEndsWithinAFunctionIsCut) {
  const std::string whole =
      ".version 9.0\n.target sm_90\n.file 1 \"a{b.cu\"\n.visible .entry k(.param .u64 p)\n"
      "{\n { // inner {\n  ret;\n }\n}\n.func f();\n.section .debug_str\n{\n .b8 0\n}\n";
  EXPECT_FALSE(read_ptx(whole).cut);
  EXPECT_FALSE(read_ptx(whole + "\t.loc 1 2 3\n").cut);
  EXPECT_FALSE(read_ptx(".version 9.0\n.target sm_90\n").cut);
  const size_t entry = whole.find(".visible .entry k"), end = whole.find("}\n.func");
  for (size_t size = entry + 16; size <= end; ++size) EXPECT_TRUE(read_ptx(whole.substr(0, size)).cut) << size;
  EXPECT_FALSE(read_ptx(whole.substr(0, end + 1)).cut);
}

TEST(Ptx, FloatSumsLoopsAndIntegersAreToldApart) {
  const auto fatbin = small_fixture("ptx_only.fatbin");
  MemorySource source(fatbin);
  const GpuImages found = find_gpu_images(source);
  ASSERT_EQ(found.images.size(), 1u);
  std::vector<std::byte> bytes;
  ASSERT_EQ(unpack(source, found.images[0], bytes), UnpackStatus::kDone);
  const Ptx ptx = read_ptx({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  EXPECT_EQ(ptx.sm, 90u);
  ASSERT_EQ(ptx.functions.size(), 4u);
  const char* kWords[] = {"float_sum",   "swap_loop", "bulk_sum",
                          "untyped_sum", "extremum",  "integer"};
  for (const PtxFunction& kernel : ptx.functions) {
    const std::string effect = kernel.atomics.empty()
                                   ? "none"
                                   : kWords[static_cast<unsigned>(order_effect(kernel.atomics[0]))];
    EXPECT_EQ(effect, expected_of(kernel.name)) << kernel.name;
  }
}

TEST(Ptx, KernelsAreCapableOfWhatTheyCall) {
  const Ptx ptx = read_ptx(
      ".version 9.0\n.target sm_80\n.func adds$1 (.param .b64 p);\n"
      ".func adds(.param .b64 p)\n{\n red.global.add.noftz.bf16x2 [%rd1], %r1;\n ret;\n}\n"
      ".visible .entry kernel(.param .u64 q)\n{\n call.uni \n adds$1, \n (p);\n ret;\n}\n");
  EXPECT_EQ(ptx.sm, 80u);
  ASSERT_EQ(ptx.functions.size(), 2u);
  EXPECT_EQ(ptx.functions[1].reaches, (std::vector<uint32_t>{1, 0}));
  ASSERT_EQ(ptx.functions[0].atomics.size(), 1u);
  EXPECT_EQ(ptx.functions[0].atomics[0].type, NumberType::kBf16x2);
  EXPECT_EQ(order_effect(ptx.functions[0].atomics[0]), OrderEffect::kFloatSum);
}

class CompiledFatbin : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(folder() / "done")) GTEST_SKIP() << "no nvcc compiled the GPU fixtures";
  }
  static fs::path folder() { return DETAUDIT_GPU_FIXTURES; }
};

TEST_F(CompiledFatbin, EveryCompressionAndContainerHoldsItsImages) {
  const std::map<std::pair<ImageKind, unsigned>, unsigned> two = {
      {{ImageKind::kCubin, 80}, 1}, {{ImageKind::kCubin, 90}, 1}, {{ImageKind::kPtx, 90}, 1}};
  for (const char* file :
       {"mode_none.fatbin", "mode_speed.fatbin", "mode_balance.fatbin", "mode_size.fatbin",
        "mode_default.fatbin", "compress_all.fatbin", "whole.o"}) {
    const auto bytes = file_bytes(folder() / file);
    EXPECT_EQ(images_of(bytes), two) << file;
  }
  const auto archive = images_of(file_bytes(folder() / "library.a"));
  EXPECT_EQ(archive.at({ImageKind::kCubin, 90}), 2u);
  const auto lto = images_of(file_bytes(folder() / "lto.o"));
  EXPECT_EQ(lto.at({ImageKind::kLtoIr, 90}), 1u);
}

TEST_F(CompiledFatbin, PtxOfTheFixturesHasTheEffectsThatTheirSourceSays) {
  const auto bytes = file_bytes(folder() / "kernels.ptx");
  const Ptx ptx = read_ptx({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  EXPECT_GE(ptx.functions.size(), 28u);
  for (const PtxFunction& kernel : ptx.functions) {
    const std::string expected = expected_of(kernel.name);
    bool sum = false, loop = false;
    for (const Atomic& atomic : kernel.atomics) {
      sum |= order_effect(atomic) <= OrderEffect::kUntypedSum &&
             order_effect(atomic) != OrderEffect::kFloatSwapLoop;
      loop |= order_effect(atomic) == OrderEffect::kFloatSwapLoop;
    }
    // Shared sums are no loop yet; a lock's loop holds the sums that it guards.
    const bool adds = expected != "none" && expected != "integer" && expected != "extremum";
    if (kernel.name == "lock__integer") continue;
    EXPECT_EQ(sum || loop, adds) << kernel.name;
  }
}

}  // namespace
}  // namespace detaudit::instrument
