#include <ar.h>
#include <elf.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "auditor/scan/file_damage.h"
#include "auditor/scan/gpu_file.h"

namespace detaudit::auditor {
namespace {

using testing::HasSubstr;
using testing::Optional;

// Three sections: none, 40 bytes at the end, and one that only sets memory aside.
struct Program {
  Elf64_Ehdr header{};
  Elf64_Phdr segment{};
  Elf64_Shdr sections[3]{};
  char bytes[40]{};
};

Program program() {
  Program made;
  std::memcpy(made.header.e_ident, ELFMAG, SELFMAG);
  made.header.e_ident[EI_CLASS] = ELFCLASS64;
  made.header.e_ident[EI_DATA] = ELFDATA2LSB;
  made.header.e_phoff = offsetof(Program, segment);
  made.header.e_phnum = 1;
  made.header.e_shoff = offsetof(Program, sections);
  made.header.e_shentsize = sizeof(Elf64_Shdr);
  made.header.e_shnum = 3;
  made.segment.p_filesz = sizeof(Program);
  made.sections[1] = {0, SHT_PROGBITS, 0, 0, offsetof(Program, bytes), sizeof made.bytes, 0, 0, 0,
                      0};
  made.sections[2] = {0, SHT_NOBITS, 0, 0, sizeof(Program), 1 << 20, 0, 0, 0, 0};
  return made;
}

std::string text_of(const Program& made) {
  return {reinterpret_cast<const char*>(&made), sizeof made};
}

std::optional<std::string> damage(const std::string& text) {
  return damage_of(instrument::MemorySource(std::as_bytes(std::span(text))));
}

std::string archive(const std::vector<std::string>& members) {
  std::string text = ARMAG;
  for (const std::string& member : members) {
    text +=
        fmt::format("{:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`\n", "k.o/", 0, 0, 0, 644, member.size());
    text += member + (member.size() % 2 == 1 ? "\n" : "");
  }
  return text;
}

TEST(FileDamage, OfElfFiles) {
  const std::string whole = text_of(program());
  EXPECT_EQ(damage(whole), std::nullopt);
  EXPECT_EQ(damage(whole + "more"), std::nullopt);
  for (size_t size = SELFMAG; size < whole.size(); ++size) {
    EXPECT_THAT(damage(whole.substr(0, size)), Optional(HasSubstr("cut short"))) << size;
  }
  Program odd = program();
  odd.header.e_ident[EI_CLASS] = ELFCLASS32;
  EXPECT_EQ(damage(text_of(odd)), std::nullopt);
  odd = program();
  odd.sections[1].sh_offset = UINT64_MAX - 8;
  EXPECT_THAT(damage(text_of(odd)), Optional(HasSubstr("1 of its 3 sections")));
  odd.header.e_shnum = 0;  // the first section says how many
  odd.sections[0].sh_size = UINT64_MAX / 2;
  EXPECT_THAT(damage(text_of(odd)), Optional(HasSubstr("table of sections")));
}

TEST(FileDamage, OfFilesWithoutSections) {
  Program made = program();
  made.header.e_shoff = made.header.e_shnum = 0;
  EXPECT_EQ(damage(text_of(made)), std::nullopt);
  made.segment.p_filesz += 1;
  EXPECT_THAT(damage(text_of(made)), Optional(HasSubstr("loaded from")));
}

TEST(FileDamage, OfArchives) {
  const std::string member = text_of(program());
  EXPECT_EQ(damage(archive({})), std::nullopt);
  EXPECT_EQ(damage(archive({"odd", member, member, "text"})), std::nullopt);
  EXPECT_THAT(damage(archive({member, member.substr(0, 100)})),
              Optional(HasSubstr("1 damaged members: an ELF file")));
  const std::string whole = archive({member, member});
  EXPECT_THAT(damage(whole.substr(0, whole.size() - 1)), Optional(HasSubstr("its member 2 ends")));
  EXPECT_THAT(damage(archive({member}) + std::string(60, 'x')),
              Optional(HasSubstr("after 1 members")));
  EXPECT_THAT(damage(archive({member}) + "x"), Optional(HasSubstr("cut short after 1 members")));
  // Archives in archives are not followed, however deep.
  std::string deep = archive({});
  for (int i = 0; i < 1000; ++i) deep = archive({deep});
  EXPECT_EQ(damage(deep), std::nullopt);
}

TEST(FileDamage, OfOtherFiles) {
  for (const char* text : {"", "\x7f", "\x7f" "EL", "text", "!<arch", "\x50\xed\x55"}) {
    EXPECT_EQ(damage(text), std::nullopt) << text;
  }
  EXPECT_THAT(damage("\x50\xed\x55\xba\x01"), Optional(HasSubstr("a fatbin")));
  EXPECT_THAT(damage("!<thin>\n"), Optional(HasSubstr("thin archive")));
}

// Larger than what it gives out, as a file on a failing disk.
class FailingSource final : public instrument::ByteSource {
 public:
  uint64_t size() const override { return 1000; }
  bool read(uint64_t offset, std::span<std::byte> into) const override {
    std::fill(into.begin(), into.end(), std::byte{0});
    return offset + into.size() <= 100;
  }
};

TEST(GpuFile, WhatCannotBeReadIsTold) {
  const auto file = read_gpu_file(FailingSource(), 1);
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ(file->code.degraded().count("a file that could not be read to its end"), 1u);
}

}  // namespace
}  // namespace detaudit::auditor
