#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "auditor/environment/facts.h"

namespace detaudit::auditor {

// A folder that stands in for the root of a machine's files, gone afterwards.
class EnvironmentTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "detaudit-environment-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  std::filesystem::path write(const std::string& name, const std::string& text,
                              mode_t mode = 0644) const {
    std::filesystem::path path = root_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    chmod(path.c_str(), mode);
    return path;
  }

  std::filesystem::path root_;
};

}  // namespace detaudit::auditor
