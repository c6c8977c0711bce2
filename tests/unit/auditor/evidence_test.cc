#include "auditor/experiments/evidence.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <string>

#include "auditor/experiments/word_sums.h"
#include "instrument/trace/capture_format.h"
#include "tests/unit/auditor/planned_trace.h"

namespace detaudit::auditor {
namespace {

namespace fs = std::filesystem;

class Permutation : public testing::Test {
 protected:
  fs::path run(const std::string& name) {
    const fs::path path = folder_.path() / name;
    fs::create_directories(path);
    return path;
  }
  static void keep(const fs::path& run, const std::string& output, const std::string& text) {
    WordSum words;
    words.add(text.data(), text.size());
    if (const auto sum = words.finish()) keep_word_sum(run, output, *sum);
  }
  static void capture(const fs::path& run, const std::vector<float>& values) {
    instrument::CaptureHeader header{};
    std::memcpy(header.magic, instrument::kCaptureMagic, sizeof header.magic);
    header.identity = 7;
    header.bytes = values.size() * sizeof(float);
    header.digest = kernels::digest(values.data(), header.bytes);
    header.dtype = static_cast<uint32_t>(kernels::DType::kF32);
    char path[4096];
    instrument::print_capture_path(path, sizeof path, run.c_str(), header.identity, 0);
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&header), sizeof header);
    file.write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(header.bytes));
  }
  bool permuted(instrument::EventKind kind, const std::string& op) {
    OriginGroup group;
    group.first.kind = kind;
    group.first.op = op;
    group.identities = {7};
    group.signature.outputs.resize(1);
    return in_other_order(group, run("a"), run("b"));
  }
  bool words_permuted(const std::string& first, const std::string& second) {
    fs::remove_all(run("a"));
    fs::remove_all(run("b"));
    keep(run("a"), "/out/layers.txt", first);
    keep(run("b"), "/out/layers.txt", second);
    return permuted(instrument::EventKind::kOutput, "/out/layers.txt");
  }
  bool elements_permuted(const std::vector<float>& first, const std::vector<float>& second) {
    capture(run("a"), first);
    capture(run("b"), second);
    return permuted(instrument::EventKind::kOperation, "fold");
  }
  TraceFolder folder_;
};

TEST_F(Permutation, LinesInAnotherOrder) {
  EXPECT_TRUE(words_permuted("a\nb\nb\n", "b\na\nb\n"));
  EXPECT_TRUE(words_permuted("a\nb", "b\na"));
}

TEST_F(Permutation, OtherLinesAreNone) {
  EXPECT_FALSE(words_permuted("a\nb\n", "a\nc\n"));
  EXPECT_FALSE(words_permuted("a\nb\n", "a\nb\nb\n"));
  EXPECT_FALSE(words_permuted("a\nab\n", "aa\nb\n"));
  EXPECT_FALSE(words_permuted("one line", "one Line"));
}

TEST_F(Permutation, AnOutputThatWasNotKeptIsNone) {
  keep(run("a"), "stdout", "a\n");
  EXPECT_FALSE(permuted(instrument::EventKind::kOutput, "stdout"));
  keep(run("b"), "stdout", "a\n");
  EXPECT_FALSE(permuted(instrument::EventKind::kOutput, "stderr"));
}

TEST_F(Permutation, WordsOfALineInAnotherOrder) {
  EXPECT_TRUE(words_permuted("[3, 1, 22]\n", "[22, 3, 1]\n"));
  EXPECT_TRUE(words_permuted("{'a': 1, 'b': 1}", "{'b': 1, 'a': 1}"));
  EXPECT_FALSE(words_permuted("[3, 1, 22]\n", "[2, 31, 2]\n"));
  EXPECT_FALSE(words_permuted("3.25", "2.35"));
}

TEST_F(Permutation, WordsAreTheSameHoweverTheyCome) {
  const std::string text = "first\nsecond\n\nlast";
  WordSum whole, apart;
  whole.add(text.data(), text.size());
  for (const char& byte : text) apart.add(&byte, 1);
  EXPECT_EQ(whole.finish(), apart.finish());
}

TEST_F(Permutation, WhatHasNoWordsIsNoText) {
  const std::string bytes(size_t{3} << 20, 'x');
  WordSum words;
  words.add(bytes.data(), bytes.size());
  EXPECT_EQ(words.finish(), std::nullopt);
}

TEST_F(Permutation, ElementsInAnotherOrder) {
  EXPECT_TRUE(elements_permuted({1, 2, 2}, {2, 1, 2}));
  EXPECT_FALSE(elements_permuted({1, 2, 2}, {1, 2, 2}));
  EXPECT_FALSE(elements_permuted({1, 2, 2}, {1, 1, 2}));
  EXPECT_FALSE(elements_permuted({1, 2}, {1, 2, 2}));
}

}  // namespace
}  // namespace detaudit::auditor
