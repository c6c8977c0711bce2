#include "instrument/cupti/kernel_parameters.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "tests/unit/cupti/fake_driver.h"

namespace detaudit::instrument::cupti {
namespace {

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }

class Pointers : public testing::Test {
 protected:
  Pointers() : allocations_(heap()), maps_(heap()), found_(heap()) {
    allocations_.add({0x10000, 0x20000}, MemoryKind::kDevice, 1);
    allocations_.add({0x7f0000000000, 0x7f0000100000}, MemoryKind::kDevice, 1);
  }
  template <typename T>
  void scan(const T& parameters) {
    bytes_.assign(reinterpret_cast<const std::byte*>(&parameters),
                  reinterpret_cast<const std::byte*>(&parameters) + sizeof parameters);
    find_pointers(bytes_, allocations_, maps_, found_);
  }
  AllocationMap allocations_;
  TensorMaps maps_;
  std::pmr::vector<FoundPointer> found_;
  std::vector<std::byte> bytes_;
};

TEST_F(Pointers, InsideAStruct) {
  struct {
    int rows;
    float scale;
    struct {
      const void* data;
      size_t stride;
    } tensor;
    void* out;
  } parameters{3, 0.5f, {reinterpret_cast<void*>(0x10040), 77}, reinterpret_cast<void*>(0x7f0000000000)};
  scan(parameters);
  ASSERT_EQ(found_.size(), 2u);
  EXPECT_EQ(found_[0].address, 0x10040u);
  EXPECT_EQ(found_[0].offset, 8u);
  EXPECT_EQ(found_[1].offset, 24u);
}

TEST_F(Pointers, OfAListOfTensors) {
  struct {
    void* addresses[4][110];
    int sizes[110];
    unsigned char block_to_tensor[320];
  } list{};
  for (int depth = 0; depth < 4; ++depth)
    for (int i = 0; i < 110; ++i)
      list.addresses[depth][i] = reinterpret_cast<void*>(0x7f0000000000 + 512 * (depth * 110 + i));
  scan(list);
  EXPECT_EQ(found_.size(), 440u);
}

TEST_F(Pointers, WhatIsLeftDoesNotDependOnAddresses) {
  struct {
    void* a;
    uint64_t n;
    void* b;
  } first{reinterpret_cast<void*>(0x10000), 9, reinterpret_cast<void*>(0x10800)},
      second{reinterpret_cast<void*>(0x7f0000000100), 9, reinterpret_cast<void*>(0x10000)};
  scan(first);
  const auto left = bytes_;
  scan(second);
  EXPECT_EQ(left, bytes_);
}

TEST_F(Pointers, NumbersThatAreNoAddressesStay) {
  struct {
    uint64_t n;
    double x;
    void* null;
    void* foreign;
  } parameters{0xffff, 1.5, nullptr, reinterpret_cast<void*>(0x20000)};
  scan(parameters);
  EXPECT_TRUE(found_.empty());
}

TEST_F(Pointers, OfATensorMap) {
  alignas(CUtensorMap) struct {
    CUtensorMap map;
    int rows, columns;
  } parameters{};
  std::mt19937_64 engine(3);
  for (auto& word : parameters.map.opaque) word = engine();
  scan(parameters);
  EXPECT_TRUE(found_.empty());
  maps_.add(&parameters.map, 0x10100);
  scan(parameters);
  ASSERT_EQ(found_.size(), 1u);
  EXPECT_EQ(found_[0].address, 0x10100u);
}

TEST(Layout, IsAskedOfTheHandleThatItIs) {
  FakeDriver driver;
  const DriverTable table = driver.table();
  FakeKernel kernel{"k", {{0, 8}, {8, 4}, {16, 24}}, {}, false};
  for (bool handle : {false, true}) {
    kernel.is_kernel_handle = handle;
    const LayoutAnswer answer = ask_layout(table, kernel.handle(), heap());
    ASSERT_TRUE(answer.known);
    ASSERT_EQ(answer.places.size(), 3u);
    EXPECT_EQ(answer.places[2].offset, 16u);
  }
  FakeKernel none{"none", {}, {}, false};
  EXPECT_TRUE(ask_layout(table, none.handle(), heap()).known);
}

TEST(Layout, ParametersAreLaidOutAsTheKernelSeesThem) {
  LayoutAnswer layout{ParameterLayout(heap()), true};
  layout.places = {{{0, 4}, {8, 8}}, heap()};
  int small = 5;
  uint64_t large = 0x1122334455667788;
  void* pointers[] = {&small, &large};
  LaunchAction launch;
  launch.parameters = pointers;
  std::pmr::vector<std::byte> bytes(heap());
  ASSERT_TRUE(read_parameters(launch, layout, bytes));
  ASSERT_EQ(bytes.size(), 16u);
  EXPECT_EQ(std::memcmp(bytes.data() + 8, &large, 8), 0);
  layout.known = false;
  EXPECT_FALSE(read_parameters(launch, layout, bytes));
}

TEST(Layout, ExtraGivesPackedParameters) {
  LayoutAnswer unknown{ParameterLayout(heap()), false};
  char packed[24] = "twenty-four bytes here!";
  size_t size = sizeof packed;
  void* extra[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, packed, CU_LAUNCH_PARAM_BUFFER_SIZE, &size,
                   CU_LAUNCH_PARAM_END};
  LaunchAction launch;
  launch.extra = extra;
  std::pmr::vector<std::byte> bytes(heap());
  ASSERT_TRUE(read_parameters(launch, unknown, bytes));
  EXPECT_EQ(std::memcmp(bytes.data(), packed, sizeof packed), 0);
  extra[0] = reinterpret_cast<void*>(0x77);  // of a later interface
  EXPECT_FALSE(read_parameters(launch, unknown, bytes));
}

}  // namespace
}  // namespace detaudit::instrument::cupti
