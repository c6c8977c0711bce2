#pragma once

namespace detaudit::instrument {

// While one lives, points where threads race delay at random, so that executions on equal inputs
// meet orders that a quiet machine would rarely show. No order is made up: each could have come.
class ProvokedSchedule {
 public:
  ProvokedSchedule();
  ~ProvokedSchedule();
  ProvokedSchedule(const ProvokedSchedule&) = delete;
  ProvokedSchedule& operator=(const ProvokedSchedule&) = delete;
};

// For runs that perturb the schedule: rarer and shorter, within the figures.
void perturb_schedule_points();

// One such point. Any thread; a load and a branch when nothing is provoked.
void schedule_point();

}  // namespace detaudit::instrument
