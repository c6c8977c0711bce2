#include "auditor/launch/elf_file.h"

#include <gmock/gmock.h>
#include <sys/mman.h>

#include <iterator>

#include "tests/unit/auditor/launch_fixture.h"

namespace detaudit::auditor {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

class ElfFileTest : public LaunchTest {
 protected:
  static std::string own_bytes() {
    std::ifstream file(DETAUDIT_REUSED_BLOCK, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Asks everything of a file of these bytes; whatever it answers, it must return.
  static size_t exercise(const std::string& bytes) {
    FileDescriptor file(memfd_create("elf", 0));
    EXPECT_EQ(::write(file.get(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
    auto elf = ElfFile::open("/proc/self/fd/" + std::to_string(file.get()));
    if (!elf) return 0;
    return elf->interpreter().size() + elf->build_id().size() +
           elf->section(".comment", 1 << 16).size() + elf->texts(".dynstr", 1 << 16).size();
  }
};

TEST_F(ElfFileTest, ReadsAProgramOfThisMachine) {
  auto elf = ElfFile::open(DETAUDIT_REUSED_BLOCK);
  ASSERT_TRUE(elf);
  EXPECT_THAT(elf->interpreter(), StartsWith("/lib"));
  EXPECT_THAT(elf->texts(".comment", 1 << 16), Contains(HasSubstr("(")));
  EXPECT_THAT(elf->texts(".dynstr", 1 << 16), Contains("libc.so.6"));
  EXPECT_EQ(elf->section(".no.such.section", 1 << 16), "");
  EXPECT_LE(elf->section(".text", 10).size(), 10u);
}

TEST_F(ElfFileTest, RefusesWhatIsNone) {
  EXPECT_FALSE(ElfFile::open("/no/such/file"));
  EXPECT_FALSE(ElfFile::open("/dev/null"));
  EXPECT_FALSE(ElfFile::open(folder_));
  EXPECT_FALSE(ElfFile::open(write("text", "#!/bin/sh\n", 0644)));
  EXPECT_FALSE(ElfFile::open(write("short", "\x7f\x45LF", 0644)));
  std::string small_class = own_bytes();
  small_class[4] = 1;  // 32-bit
  EXPECT_FALSE(ElfFile::open(write("small", small_class, 0644)));
}

TEST_F(ElfFileTest, SurvivesEveryTruncation) {
  std::string whole = own_bytes();
  for (size_t length = 0; length < whole.size(); length += length < 1024 ? 7 : 487) {
    exercise(whole.substr(0, length));
  }
  EXPECT_GT(exercise(whole), 20u);
}

// Headers and section table are where offsets live: wrong ones in both, in a fixed sequence.
TEST_F(ElfFileTest, SurvivesWrongOffsets) {
  std::string whole = own_bytes();
  uint64_t state = 7;
  auto draw = [&] {
    return state = state * 6364136223846793005u + 1442695040888963407u, state >> 33;
  };
  size_t table = std::min<size_t>(2048, whole.size());
  for (int i = 0; i < 2000; ++i) {
    std::string damaged = whole;
    for (int edit = 0; edit < 4; ++edit) {
      size_t at = draw() % table;
      if (edit % 2 == 1) at = whole.size() - 1 - at;
      damaged[at] = static_cast<char>(draw() % 3 == 0 ? 0xff : draw());
    }
    exercise(damaged);
  }
  EXPECT_GT(exercise(whole), 20u);
}

}  // namespace
}  // namespace detaudit::auditor
