#include "auditor/workload/drawing.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include "kernels/philox.h"

namespace detaudit::workload {
namespace {

struct Point {
  float x, y;
};
struct Stroke {
  Point from, to;
};

// The ten classes, in a box from -1 to 1, y downwards.
constexpr Stroke kRing[] = {{{0, -1}, {.7f, -.7f}},  {{.7f, -.7f}, {1, 0}},  {{1, 0}, {.7f, .7f}},
                            {{.7f, .7f}, {0, 1}},    {{0, 1}, {-.7f, .7f}},  {{-.7f, .7f}, {-1, 0}},
                            {{-1, 0}, {-.7f, -.7f}}, {{-.7f, -.7f}, {0, -1}}};
constexpr Stroke kTriangle[] = {{{0, -1}, {1, 1}}, {{1, 1}, {-1, 1}}, {{-1, 1}, {0, -1}}};
constexpr Stroke kPlus[] = {{{0, -1}, {0, 1}}, {{-1, 0}, {1, 0}}};
constexpr Stroke kCross[] = {{{-1, -1}, {1, 1}}, {{-1, 1}, {1, -1}}};
constexpr Stroke kTee[] = {{{-1, -1}, {1, -1}}, {{0, -1}, {0, 1}}};
constexpr Stroke kEll[] = {{{-1, -1}, {-1, 1}}, {{-1, 1}, {1, 1}}};
constexpr Stroke kZed[] = {{{-1, -1}, {1, -1}}, {{1, -1}, {-1, 1}}, {{-1, 1}, {1, 1}}};
constexpr Stroke kAitch[] = {{{-1, -1}, {-1, 1}}, {{-1, 0}, {1, 0}}, {{1, -1}, {1, 1}}};
constexpr Stroke kEff[] = {{{-1, -1}, {-1, 1}}, {{-1, -1}, {1, -1}}, {{-1, 0}, {.6f, 0}}};
constexpr Stroke kFour[] = {{{.4f, -1}, {.4f, 1}}, {{.4f, -1}, {-1, .4f}}, {{-1, .4f}, {1, .4f}}};

constexpr std::array<std::span<const Stroke>, kClasses> kFigures = {
    kRing, kTriangle, kPlus, kCross, kTee, kEll, kZed, kAitch, kEff, kFour};

constexpr int kSide = static_cast<int>(kDrawnSide);
constexpr int kDistractors = 1;

// Uniform numbers of one image.
class Dice {
 public:
  Dice(uint64_t seed, uint64_t image) : state_(kernels::philox_stream(seed, image)) {}
  float between(float low, float high) {
    return low + (high - low) * kernels::unit_float(engine_());
  }
  uint32_t word() { return engine_(); }

 private:
  kernels::Philox state_;
  kernels::PhiloxEngine engine_{state_};
};

// Where a figure lies: x' = centre + scale * (rotated, sheared x).
struct Placement {
  Point centre;
  float width, height, sine, cosine;

  Point place(Point p) const {
    float x = p.x * width, y = p.y * height;
    return {centre.x + x * cosine - y * sine, centre.y + x * sine + y * cosine};
  }
};

Placement random_placement(Dice& dice) {
  Placement placement;
  placement.width = dice.between(4.0f, 7.5f);
  placement.height = dice.between(4.5f, 8.0f);
  placement.sine = dice.between(-0.26f, 0.26f);
  placement.cosine = std::sqrt(1 - placement.sine * placement.sine);
  placement.centre = {dice.between(10, 18), dice.between(10, 18)};
  return placement;
}

// Squared distance of p from a stroke.
float distance_squared(Point p, const Stroke& stroke) {
  const float dx = stroke.to.x - stroke.from.x, dy = stroke.to.y - stroke.from.y;
  const float px = p.x - stroke.from.x, py = p.y - stroke.from.y;
  const float along = std::clamp((px * dx + py * dy) / (dx * dx + dy * dy + 1e-6f), 0.0f, 1.0f);
  const float ex = px - along * dx, ey = py - along * dy;
  return ex * ex + ey * ey;
}

// Adds a stroke of this half width and strength; ink keeps the darkest of what overlaps.
void draw_stroke(const Stroke& stroke, float half_width, float strength, float* ink) {
  const float margin = half_width + 1.5f;
  const int left = std::max(0, static_cast<int>(std::min(stroke.from.x, stroke.to.x) - margin));
  const int top = std::max(0, static_cast<int>(std::min(stroke.from.y, stroke.to.y) - margin));
  const int right =
      std::min(kSide - 1, static_cast<int>(std::max(stroke.from.x, stroke.to.x) + margin));
  const int bottom =
      std::min(kSide - 1, static_cast<int>(std::max(stroke.from.y, stroke.to.y) + margin));
  for (int y = top; y <= bottom; ++y)
    for (int x = left; x <= right; ++x) {
      const float squared =
          distance_squared({static_cast<float>(x), static_cast<float>(y)}, stroke);
      const float cover = std::clamp(half_width + 0.5f - std::sqrt(squared), 0.0f, 1.0f);
      ink[y * kSide + x] = std::max(ink[y * kSide + x], strength * cover);
    }
}

void draw_distractor(Dice& dice, float strength, float* ink) {
  const Point from = {dice.between(0, 27), dice.between(0, 27)};
  const Point to = {from.x + dice.between(-4, 4), from.y + dice.between(-4, 4)};
  draw_stroke({from, to}, 0.6f, strength * 0.7f, ink);
}

uint8_t draw_image(uint64_t seed, uint64_t image, uint8_t* pixels) {
  Dice dice(seed, image);
  const uint8_t label = static_cast<uint8_t>(dice.word() % kClasses);
  const float contrast = dice.between(0.55f, 1.0f);
  const float half_width = dice.between(0.6f, 1.3f);
  const bool dark_on_light = dice.word() & 1;
  const Placement placement = random_placement(dice);
  std::array<float, kDrawnSide * kDrawnSide> ink{};
  for (const Stroke& stroke : kFigures[label])
    draw_stroke({placement.place(stroke.from), placement.place(stroke.to)}, half_width, contrast,
                ink.data());
  for (int i = 0; i < kDistractors; ++i) draw_distractor(dice, contrast, ink.data());
  const float background = dark_on_light ? 225.0f : 30.0f;
  const float span = dark_on_light ? -195.0f : 195.0f;
  for (size_t i = 0; i < ink.size(); ++i) {
    const float value = background + span * ink[i] + dice.between(-24, 24);
    pixels[i] = static_cast<uint8_t>(std::clamp(value, 0.0f, 255.0f));
  }
  return label;
}

}  // namespace

void draw_images(kernels::Pool& pool, uint64_t seed, uint64_t first, ImageSet& set) {
  constexpr size_t kGrain = 32;
  pool.launch(kernels::block_count(set.size(), kGrain), [&](size_t block, unsigned) {
    const kernels::Range range = kernels::block_range(block, set.size(), kGrain);
    for (size_t i = range.begin; i < range.end; ++i)
      set.labels[i] = draw_image(seed, first + i, set.pixels.data() + i * set.plane());
  });
}

}  // namespace detaudit::workload
