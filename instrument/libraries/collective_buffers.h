#pragma once

#include <cstdint>
#include <span>

#include "instrument/libraries/mpi_world.h"
#include "instrument/recorder/library_operation.h"

namespace detaudit::instrument {

// Where a collective's arguments are among a call's words, and who takes part in what.
struct Collective {
  static constexpr int8_t kNone = -1;
  enum class Ranks : uint8_t { kAll, kRoot, kOthers, kNotFirst };
  enum class Spread : uint8_t {
    kOne,   // `count` elements
    kEach,  // as many for each rank
    kList,  // counts[rank] elements each, at displacements[rank]; in one stretch without those
    kMine,  // counts[own rank] elements
  };
  struct Side {
    int8_t buffer = kNone, count = kNone, displacements = kNone, type = kNone;
    Spread spread = Spread::kOne;
    Ranks ranks = Ranks::kAll;
  };
  Side send, receive;
  int8_t root, communicator;
  bool in_place_is_own = false;  // MPI_IN_PLACE: what is sent is the rank's part of the result
};

// The buffers of one call of a collective on the calling rank. Reads nothing that MPI does not.
class CollectiveBuffers {
 public:
  CollectiveBuffers(const Collective& collective, const Communicator& communicator,
                    const void* site, const Word* words);
  // False where the types leave gaps, or nothing is known of them.
  bool describe();
  std::span<const CallBuffer> inputs() const { return {in_.list, in_.count}; }
  std::span<const CallBuffer> outputs() const { return {out_.list, out_.count}; }

 private:
  using Side = Collective::Side;
  struct List {
    CallBuffer list[kMostCallBuffers];
    size_t count = 0;
    bool add(const char* name, const char* data, int64_t bytes);
  };
  bool takes_part(Collective::Ranks ranks) const;
  Side in_place() const;
  int count_of(const Side& side, int rank) const;
  bool add(const Side& side, Word data, List& list, const char* name);
  bool add_list(const Side& side, const char* data, List& list, const char* name, int64_t bytes);
  bool add_own_part(Word data);

  const Collective& collective_;
  const Communicator& communicator_;
  const void* site_;
  const Word* words_;
  int root_ = -1;
  List in_, out_;
};

}  // namespace detaudit::instrument
