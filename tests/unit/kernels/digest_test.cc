#include "kernels/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>
#include <vector>

#include "kernels/digest_lanes.h"

namespace detaudit::kernels {
namespace {

using Bytes = std::vector<unsigned char>;

Bytes random_bytes(size_t size, uint64_t seed) {
  std::mt19937_64 engine(seed);
  Bytes bytes(size);
  for (auto& byte : bytes) byte = static_cast<unsigned char>(engine());
  return bytes;
}

Digest of(const Bytes& bytes) { return digest(bytes.data(), bytes.size()); }

Digest of_words(const std::vector<uint64_t>& words) {
  return digest(words.data(), words.size() * sizeof(uint64_t));
}

// Both words must differ: each is to be a digest by itself.
void expect_different(const Digest& a, const Digest& b) {
  EXPECT_NE(a.low, b.low);
  EXPECT_NE(a.high, b.high);
}

void expect_all_distinct(std::vector<Digest> digests) {
  const auto by_low = [](const Digest& a, const Digest& b) { return a.low < b.low; };
  const auto same_low = [](const Digest& a, const Digest& b) { return a.low == b.low; };
  std::sort(digests.begin(), digests.end(), by_low);
  EXPECT_EQ(std::adjacent_find(digests.begin(), digests.end(), same_low), digests.end());
  const auto by_high = [](const Digest& a, const Digest& b) { return a.high < b.high; };
  const auto same_high = [](const Digest& a, const Digest& b) { return a.high == b.high; };
  std::sort(digests.begin(), digests.end(), by_high);
  EXPECT_EQ(std::adjacent_find(digests.begin(), digests.end(), same_high), digests.end());
}

// Float data of three kinds: none, sparse, dense.
std::vector<uint64_t> floats(size_t words, int kind, uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::normal_distribution<float> normal;
  std::vector<uint64_t> data(words, 0);
  for (auto& word : data) {
    if (kind == 0 || (kind == 1 && engine() % 8 != 0)) continue;
    word = uint64_t{std::bit_cast<uint32_t>(normal(engine))} << 32 |
           std::bit_cast<uint32_t>(normal(engine));
  }
  return data;
}

TEST(Digest, KnownAnswers) {
  Bytes counting(200000);
  for (size_t i = 0; i < counting.size(); ++i) counting[i] = static_cast<unsigned char>(i * 7);
  const auto first = [&](size_t size) { return to_hex(digest(counting.data(), size)); };
  EXPECT_EQ(first(0), "817586c2b98647bd75d96d750647d63b");
  EXPECT_EQ(first(1), "4891fd9657b8a49ce18db6c183556415");
  EXPECT_EQ(first(64), "7ab10f4d1c2196712986d5dad445f8bd");
  EXPECT_EQ(first(65), "d3f4cb7e6c6e3f8e9b2d9c3f89fb656f");
  EXPECT_EQ(first(65536), "045a65127a13d60b9f1ede67e285ebe2");
  EXPECT_EQ(first(200000), "ddd8ec39d7ed5e36e840078a16c3408f");
}

TEST(Digest, EveryInstructionSetAgreesOnAnyLengthAndAlignment) {
  const Bytes data = random_bytes(300064, 1);
  std::mt19937 engine(2);
  for (int round = 0; round < 300; ++round) {
    const size_t size = round < 200 ? static_cast<size_t>(round) : engine() % 300000;
    const unsigned char* from = data.data() + engine() % 64;
    const Digest expected = digest_with(DigestIsa::kPortable, from, size);
    for (DigestIsa isa : available_digest_isas()) {
      EXPECT_EQ(digest_with(isa, from, size), expected) << "size=" << size;
    }
    EXPECT_EQ(digest(from, size), expected);
  }
}

TEST(Digest, ReadsNothingPastItsEnd) {
  for (size_t size : {0u, 1u, 63u, 64u, 65u, 4097u}) {
    Bytes zeros(size + 64, 0), ones(size + 64, 0xff);
    std::copy_n(zeros.begin(), size, ones.begin());
    EXPECT_EQ(digest(zeros.data(), size), digest(ones.data(), size));
  }
}

TEST(Digest, IsTheSumOfItsChunksInAnyOrder) {
  const Bytes data = random_bytes(5 * kDigestChunkBytes + 777, 3);
  Digest sum;
  for (uint64_t index : {3, 0, 5, 1, 4, 2}) {
    const size_t from = index * kDigestChunkBytes;
    const size_t size = std::min(kDigestChunkBytes, data.size() - from);
    sum = add(sum, chunk_digest(data.data() + from, size, index));
  }
  EXPECT_EQ(finish(sum, data.size()), of(data));
}

// As a GPU would: every word on its own, weighted by its place instead of by a running sum.
TEST(Digest, LanesAreSumsThatMayBeTakenInAnyOrder) {
  constexpr size_t kStripes = 100;
  const Bytes data = random_bytes(kStripes * kStripeBytes, 4);
  DigestLanes lanes;
  accumulate_portable(data.data(), kStripes, nullptr, lanes);
  for (size_t l = 0; l < kLanes; ++l) {
    uint64_t product = 0, weighted = 0, sum = 0;
    for (size_t s = kStripes; s-- > 0;) {
      uint64_t word;
      std::memcpy(&word, data.data() + s * kStripeBytes + l * sizeof word, sizeof word);
      const uint64_t x = word ^ (kFirstKey[l] + s * kKeyStride[l]);
      const uint64_t term = (x & 0xffffffff) * (x >> 32);
      product += term;
      weighted += (kStripes - s) * term;
      sum += x;
    }
    EXPECT_EQ(lanes.product[l], product);
    EXPECT_EQ(lanes.weighted[l], weighted);
    EXPECT_EQ(lanes.sum[l], sum);
  }
}

TEST(Digest, SeesEveryBitOfEveryByte) {
  Bytes data = random_bytes(1500, 5);
  const Digest before = of(data);
  for (size_t bit = 0; bit < data.size() * 8; ++bit) {
    data[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    expect_different(of(data), before);
    data[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
  }
}

TEST(Digest, SeesSwapsOfWordsOfOneLaneAndOfDifferentLanes) {
  for (int kind : {1, 2}) {
    auto data = floats(4096, kind, 6);
    const Digest before = of_words(data);
    std::mt19937 engine(7);
    for (int round = 0; round < 5000; ++round) {
      const size_t a = engine() % data.size();
      const size_t b =
          round % 2 ? (a + 8 * (1 + engine() % 511)) % data.size() : engine() % data.size();
      if (data[a] == data[b]) continue;
      std::swap(data[a], data[b]);
      expect_different(of_words(data), before);
      std::swap(data[a], data[b]);
    }
  }
}

// The change that sums modulo 2^64 lose: two top bits, at a distance that is a power of two.
TEST(Digest, SeesPairsOfSignFlipsAtAnyDistance) {
  for (int kind : {0, 1, 2}) {
    auto data = floats(8192, kind, 8);
    std::vector<Digest> digests = {of_words(data)};
    std::mt19937 engine(9);
    for (uint64_t flip : {uint64_t{1} << 63, uint64_t{1} << 31, uint64_t{0x8000000080000000}}) {
      for (size_t distance = 8; distance < data.size(); distance *= 2) {
        for (int round = 0; round < 20; ++round) {
          const size_t a = round + (engine() % 64) * 64;  // distinct in each round
          const size_t b = (a + distance) % data.size();
          data[a] ^= flip;
          data[b] ^= flip;
          digests.push_back(of_words(data));
          data[a] ^= flip;
          data[b] ^= flip;
        }
      }
    }
    const auto repeated = [](const Digest& a, const Digest& b) { return a == b; };
    expect_different(digests[0], digests[1]);
    for (size_t i = 1; i < digests.size(); ++i) expect_different(digests[i], digests[0]);
    EXPECT_EQ(std::adjacent_find(digests.begin(), digests.end(), repeated), digests.end());
  }
}

TEST(Digest, SeesOppositeChangesThatKeepTheSum) {
  auto data = floats(4096, 2, 10);
  const Digest before = of_words(data);
  std::mt19937_64 engine(11);
  for (int round = 0; round < 20000; ++round) {
    const size_t a = engine() % data.size(), b = (a + 8 * (1 + engine() % 511)) % data.size();
    const uint64_t delta = round % 2 ? engine() : uint64_t{1} << engine() % 64;
    data[a] += delta;
    data[b] -= delta;
    expect_different(of_words(data), before);
    data[a] -= delta;
    data[b] += delta;
  }
}

TEST(Digest, SeesShiftsAndLengthsOfZeros) {
  const Bytes zeros(3 * kDigestChunkBytes, 0);
  std::vector<Digest> digests;
  for (size_t size = 0; size < 20000; ++size) digests.push_back(digest(zeros.data(), size));
  for (size_t size = 20000; size < zeros.size(); size += 1000) {
    digests.push_back(digest(zeros.data(), size));
  }
  expect_all_distinct(digests);

  std::vector<uint64_t> one(16384, 0);  // a lone word at every place of two chunks
  digests.clear();
  for (size_t place = 0; place < one.size(); place += 3) {
    one[place] = 0x3f800000;
    digests.push_back(of_words(one));
    one[place] = 0;
  }
  expect_all_distinct(digests);
}

TEST(Digest, SeesExchangedChunks) {
  Bytes data = random_bytes(4 * kDigestChunkBytes, 12);
  const Digest before = of(data);
  std::swap_ranges(data.begin(), data.begin() + kDigestChunkBytes,
                   data.begin() + 2 * kDigestChunkBytes);
  expect_different(of(data), before);
}

TEST(Digest, EachWordTellsAMillionSmallInputsApart) {
  std::vector<Digest> digests(1 << 20);
  for (uint64_t i = 0; i < digests.size(); ++i) digests[i] = digest(&i, sizeof i);
  expect_all_distinct(digests);
}

// Each output bit turns in half the flips; 6 standard deviations of 20 000 fair coins are 424.
TEST(Digest, OneBitInTurnsHalfTheBitsOut) {
  std::vector<int> turned(128, 0);
  constexpr int kFlips = 20000;
  std::mt19937_64 engine(13);
  for (int flip = 0; flip < kFlips; ++flip) {
    Bytes data = random_bytes(16 + engine() % 200, static_cast<uint64_t>(flip));
    const Digest before = of(data);
    const size_t bit = engine() % (data.size() * 8);
    data[bit / 8] ^= static_cast<unsigned char>(1 << bit % 8);
    const Digest after = of(data);
    for (int out = 0; out < 64; ++out) {
      turned[out] += (before.low ^ after.low) >> out & 1;
      turned[64 + out] += (before.high ^ after.high) >> out & 1;
    }
  }
  for (int count : turned) EXPECT_NEAR(count, kFlips / 2, 424);
}

TEST(CombineDigests, OrderedAndUnordered) {
  std::vector<Digest> digests;
  for (uint64_t i = 0; i < 5; ++i) digests.push_back(digest(&i, sizeof i));
  auto turned = digests;
  std::reverse(turned.begin(), turned.end());
  expect_different(combine_ordered(digests), combine_ordered(turned));
  EXPECT_EQ(combine_unordered(digests), combine_unordered(turned));
  turned.back() = digest("x", 1);
  expect_different(combine_unordered(digests), combine_unordered(turned));
  turned = digests;
  turned.push_back({});
  expect_different(combine_unordered(digests), combine_unordered(turned));
  turned = {digests[0], digests[0]};
  expect_different(combine_unordered(turned), combine_unordered({turned.data(), 1}));
}

TEST(DigestHex, RoundTripsAndRejectsWhatIsMalformed) {
  const Digest digest = {0x0123456789abcdef, 0xfedcba9876543210};
  const std::string hex = to_hex(digest);
  EXPECT_EQ(hex, "fedcba98765432100123456789abcdef");
  Digest back;
  EXPECT_TRUE(from_hex(hex, back));
  EXPECT_EQ(back, digest);
  EXPECT_FALSE(from_hex(hex.substr(1), back));
  EXPECT_FALSE(from_hex(hex + "0", back));
  EXPECT_FALSE(from_hex("FEDCBA98765432100123456789abcdef", back));
  EXPECT_FALSE(from_hex("fedcba9876543210 123456789abcdef", back));
}

}  // namespace
}  // namespace detaudit::kernels
