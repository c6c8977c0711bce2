#include "instrument/libraries/collective_buffers.h"

namespace detaudit::instrument {

using Ranks = Collective::Ranks;
using Spread = Collective::Spread;

// Pieces of one name that follow one another are one.
bool CollectiveBuffers::List::add(const char* name, const char* data, int64_t bytes) {
  if (bytes < 0 || (bytes > 0 && !data)) return false;
  CallBuffer* last = count > 0 ? &list[count - 1] : nullptr;
  if (last && last->name == name && static_cast<const char*>(last->data) + last->length == data) {
    *last = plain(name, last->data, last->length + static_cast<uint64_t>(bytes));
    return true;
  }
  if (count == kMostCallBuffers) return false;
  list[count++] = plain(name, data, static_cast<uint64_t>(bytes));
  return true;
}

CollectiveBuffers::CollectiveBuffers(const Collective& collective, const Communicator& communicator,
                                     const void* site, const Word* words)
    : collective_(collective), communicator_(communicator), site_(site), words_(words) {
  if (collective.root != Collective::kNone) root_ = static_cast<int>(words[collective.root]);
  in_.add("root", reinterpret_cast<const char*>(&root_), sizeof root_);
}

bool CollectiveBuffers::describe() {
  const Word in_place_mark = mpi_constants(site_).in_place;
  const Side &send = collective_.send, &receive = collective_.receive;
  const Word from = words_[send.buffer], to = words_[receive.buffer];
  if (takes_part(send.ranks)) {
    const bool described = from != in_place_mark         ? add(send, from, in_, "send")
                           : collective_.in_place_is_own ? add_own_part(to)
                                                         : add(in_place(), to, in_, "send");
    if (!described) return false;
  }
  return !takes_part(receive.ranks) || to == in_place_mark || add(receive, to, out_, "receive");
}

bool CollectiveBuffers::takes_part(Ranks ranks) const {
  if (ranks == Ranks::kAll) return true;
  if (ranks == Ranks::kNotFirst) return communicator_.rank > 0;
  return (ranks == Ranks::kRoot) == (communicator_.rank == root_);
}

// What is sent lies where the result will, as far as it would have been sent.
Collective::Side CollectiveBuffers::in_place() const {
  Side side = collective_.receive;
  const Spread sent = collective_.send.spread;
  if (sent == Spread::kList || (sent == Spread::kEach && side.spread == Spread::kOne))
    side.spread = sent;
  return side;
}

int CollectiveBuffers::count_of(const Side& side, int rank) const {
  const Word count = words_[side.count];
  if (side.spread == Spread::kOne || side.spread == Spread::kEach) return static_cast<int>(count);
  return count ? reinterpret_cast<const int*>(count)[rank] : -1;
}

bool CollectiveBuffers::add(const Side& side, Word data, List& list, const char* name) {
  const auto bytes = static_cast<int64_t>(plain_type_bytes(site_, words_[side.type]));
  if (bytes == 0) return false;
  const auto* from = reinterpret_cast<const char*>(data);
  if (side.spread == Spread::kList) return add_list(side, from, list, name, bytes);
  const int64_t ranks = side.spread == Spread::kEach ? communicator_.size : 1;
  return list.add(name, from, ranks * count_of(side, communicator_.rank) * bytes);
}

bool CollectiveBuffers::add_list(const Side& side, const char* data, List& list, const char* name,
                                 int64_t bytes) {
  const bool placed = side.displacements != Collective::kNone;
  const auto* at = placed ? reinterpret_cast<const int*>(words_[side.displacements]) : nullptr;
  if (placed && !at) return false;
  int64_t from = 0;
  for (int rank = 0; rank < communicator_.size; ++rank) {
    if (placed) from = at[rank];
    const int count = count_of(side, rank);
    if (!list.add(name, data + from * bytes, count * bytes)) return false;
    if (!placed) from += count;
  }
  return true;
}

bool CollectiveBuffers::add_own_part(Word data) {
  const Side& side = collective_.receive;
  const auto bytes = static_cast<int64_t>(plain_type_bytes(site_, words_[side.type]));
  if (bytes == 0) return false;
  const int count = count_of(side, communicator_.rank);
  int64_t from = int64_t{communicator_.rank} * count;
  if (side.spread == Spread::kList) {
    const auto* at = reinterpret_cast<const int*>(words_[side.displacements]);
    if (!at) return false;
    from = at[communicator_.rank];
  }
  return in_.add("send", reinterpret_cast<const char*>(data) + from * bytes, count * bytes);
}

}  // namespace detaudit::instrument
