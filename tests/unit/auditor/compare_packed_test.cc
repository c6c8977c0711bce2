#include "auditor/compare/packed_event.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>

namespace detaudit::auditor {
namespace {

using instrument::Event;
using instrument::EventKind;
using kernels::Digest;

constexpr std::array<Digest, 2> kRead = {{{1, 2}, {3, 4}}};
constexpr std::array<Digest, 3> kWritten = {{{5, 6}, {7, 8}, instrument::kUnsoundDigest}};

Sighting sighting_of(const Event& event) {
  Sighting sighting;
  sighting.event = &event;
  sighting.identity = sighting.match = 0x123456789abcdef0u;
  sighting.process = 70'000;
  return sighting;
}

// Every field survives, whichever words it takes; `words` beyond what each event has.
void expect_whole(const Sighting& sighting, size_t words) {
  const Event& event = *sighting.event;
  const PackedEvent::Shape shape = PackedEvent::shape_of(sighting);
  EXPECT_EQ(shape.bytes, 48 + 8 * words + 16 * event.outputs.size());
  const auto memory = std::make_unique<uint64_t[]>(shape.bytes / 8);
  auto& packed = *new (memory.get()) PackedEvent;
  packed.pack(sighting, shape);
  EXPECT_EQ(packed.size_bytes(), shape.bytes);
  EXPECT_EQ(std::tuple(packed.order(), packed.step(), packed.occurrence(), packed.lane()),
            std::tuple(event.order, event.step, event.occurrence, event.lane));
  EXPECT_EQ(std::tuple(packed.match(), packed.identity()),
            std::tuple(sighting.match, sighting.identity));
  EXPECT_EQ(packed.moved(), sighting.moved);
  Event out;
  const Sighting read = packed.unpack(out);
  EXPECT_EQ(std::tuple(read.identity, read.match, read.anywhere, read.process, read.moved),
            std::tuple(sighting.identity, sighting.match, sighting.anywhere, sighting.process,
                       sighting.moved));
  EXPECT_EQ(std::tuple(out.kind, out.lane, out.op, out.key, out.signature, out.file, out.line),
            std::tuple(event.kind, event.lane, event.op, event.key, event.signature, event.file,
                       event.line));
  EXPECT_EQ(std::tuple(out.step, out.occurrence, out.order, out.value, out.phase),
            std::tuple(event.step, event.occurrence, event.order, event.value, event.phase));
  EXPECT_TRUE(std::equal(out.outputs.begin(), out.outputs.end(), event.outputs.begin(),
                         event.outputs.end()));
  EXPECT_EQ(inputs_of(read).hash, inputs_of(sighting).hash);
  EXPECT_EQ(same_inputs(read, sighting), inputs_of(sighting).sound);
}

TEST(PackedEvent, KeepsWhatEveryEventHas) {
  Event event{EventKind::kOperation, 1, 2, 3, 4, 0, 0, 7, 0, 8, 0, kRead, kWritten};
  expect_whole(sighting_of(event), 0);
  event.inputs = {};
  event.outputs = {};
  expect_whole(sighting_of(event), 0);
}

TEST(PackedEvent, KeepsWhatIsSeldomThereInAnyCompany) {
  for (unsigned which = 0; which < 64; ++which) {
    Event event{EventKind::kOperation, 1, 2, 3, 4, 0, 0, 7, 0, 8, 0, kRead, kWritten};
    Sighting sighting = sighting_of(event);
    if (which & 1) sighting.moved = true, sighting.match = 99;
    if (which & 2) event.order = 0x1'0000'0008u, event.step = 0x7'0000'0007u;
    if (which & 4) event.occurrence = 0x3'0000'0001u;
    if (which & 8) event.kind = EventKind::kMetric, event.value = -0.5;
    event.phase = static_cast<instrument::Phase>(which % 4);
    if (which & 16) sighting.anywhere = 0xfeed;
    if (which & 32) event.file = 5, event.line = 6;
    expect_whole(sighting, static_cast<size_t>(__builtin_popcount(which)));
  }
}

TEST(PackedEvent, UnsoundInputsAreEqualToNothing) {
  const std::array<Digest, 1> torn = {instrument::kUnsoundDigest};
  Event event{EventKind::kOperation, 1, 2, 3, 4, 0, 0, 7, 0, 8, 0, torn, kWritten};
  const Sighting sighting = sighting_of(event);
  expect_whole(sighting, 0);
  EXPECT_FALSE(same_inputs(sighting, sighting));
}

TEST(PackedEvent, OtherInputsHaveAnotherHash) {
  const std::array<Digest, 2> turned = {kRead[1], kRead[0]};
  Event a{EventKind::kOperation, 1, 2, 3, 4, 5, 6, 7, 0, 8, 0, kRead, kWritten}, b = a;
  b.inputs = turned;
  EXPECT_NE(inputs_of(sighting_of(a)).hash, inputs_of(sighting_of(b)).hash);
  b.inputs = std::span(kRead).first(1);
  EXPECT_NE(inputs_of(sighting_of(a)).hash, inputs_of(sighting_of(b)).hash);
  EXPECT_FALSE(same_inputs(sighting_of(a), sighting_of(b)));
}

}  // namespace
}  // namespace detaudit::auditor
