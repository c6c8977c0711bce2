// MPI's collectives, each an event of every rank, and receives that any rank may answer.
#include "instrument/libc/next_function.h"
#include "instrument/libraries/collective_buffers.h"
#include "instrument/libraries/mpi_requests.h"
#include "instrument/libraries/mpi_world.h"
#include "instrument/libraries/numeric_call.h"

namespace detaudit::instrument {
namespace {

#define DETAUDIT_MPI_WORDS(each)                                                            \
  each(0), each(1), each(2), each(3), each(4), each(5), each(6), each(7), each(8), each(9), \
      each(10), each(11)
#define DETAUDIT_MPI_TYPE(i) Word
#define DETAUDIT_MPI_PARAMETER(i) Word w##i
#define DETAUDIT_MPI_WORD(i) w##i
#define DETAUDIT_MPI_AT(i) words[i]
using MpiFunction = int(DETAUDIT_MPI_WORDS(DETAUDIT_MPI_TYPE));

constexpr int kOtherError = 15;  // MPI_ERR_OTHER, or an error code in any implementation

// A call on its way to the library.
struct Passed {
  MpiFunction* next;
  const Word* words;
  int result;
  int run() { return result = next(DETAUDIT_MPI_WORDS(DETAUDIT_MPI_AT)); }
};
void pass_on(void* call) { static_cast<Passed*>(call)->run(); }

void note_unseen(const char* call, const char* why) {
  ProbeScope scope;
  if (scope) note_unseen_call(call, why);
}

// A call of a collective on its way: what is known of its buffers.
struct CollectiveCall {
  Passed call;
  OutermostCall outermost;
  Communicator communicator;
  CollectiveBuffers buffers;
  bool known = false;  // else it is passed on, and said to be unseen

  CollectiveCall(const char* name, MpiFunction* next, const Collective& collective,
                 const void* site, const Word* words)
      : call{next, words, 0}, outermost(name), buffers(collective, communicator, site, words) {
    if (!outermost) return;
    const bool within = find_communicator(site, words[collective.communicator], communicator);
    known = within && buffers.describe();
    if (!known) note_unseen(name, within ? "its data has gaps" : "it is between groups of ranks");
  }
};

int call_collective(CalledFunction& function, const Collective& collective, const void* site,
                    const Word* words) {
  auto* next = reinterpret_cast<MpiFunction*>(function.at(site));
  if (!next) return kOtherError;
  CollectiveCall made(function.name(), next, collective, site, words);
  if (!made.known) return made.call.run();
  run_library_operation(EventKind::kCollective, function.name(), made.communicator.key,
                        made.buffers.inputs(), made.buffers.outputs(), pass_on, &made.call);
  return made.call.result;
}

// One that ends in another call: its request is the argument after the communicator.
int begin_collective(CalledFunction& function, const Collective& collective, const void* site,
                     const Word* words) {
  auto* next = reinterpret_cast<MpiFunction*>(function.at(site));
  if (!next) return kOtherError;
  CollectiveCall made(function.name(), next, collective, site, words);
  if (!made.known) return made.call.run();
  const uintptr_t event = begin_library_operation(EventKind::kCollective, function.name(),
                                                  made.communicator.key, made.buffers.inputs());
  made.call.run();
  if (event == 0) return made.call.result;
  const auto* request = reinterpret_cast<const void*>(words[collective.communicator + 1]);
  if (made.call.result == 0)
    remember_pending(request_at(site, request, 0), event, made.buffers.outputs());
  else
    end_library_operation(EventKind::kCollective, event, {});
  return made.call.result;
}

// A call that may end some that were begun.
int call_completing(CalledFunction& function, uint32_t count, Word requests, const void* site,
                    const Word* words) {
  auto* next = reinterpret_cast<MpiFunction*>(function.at(site));
  if (!next) return kOtherError;
  Completion completion(site, count, reinterpret_cast<const void*>(requests));
  return Passed{next, words, 0}.run();
}

// A call in which any rank may answer: who did is what it gives, on no inputs.
struct AnyReceive {
  int8_t source, tag, communicator, status;
};

struct Answered {
  Passed call;
  const MpiConstants* constants;
  const int* status;
  int answer[2];  // source, tag
};

void receive(void* context) {
  auto& answered = *static_cast<Answered*>(context);
  if (answered.call.run() != 0) return;
  answered.answer[0] = answered.status[answered.constants->source_at];
  answered.answer[1] = answered.status[answered.constants->tag_at];
}

int call_receive(CalledFunction& function, const AnyReceive& shape, const void* site, Word* words) {
  auto* next = reinterpret_cast<MpiFunction*>(function.at(site));
  if (!next) return kOtherError;
  Answered answered{{next, words, 0}, nullptr, nullptr, {-1, -1}};
  const int source = static_cast<int>(words[shape.source]);
  if (source >= 0) return answered.call.run();  // the usual case
  OutermostCall outermost(function.name());
  const MpiConstants& constants = mpi_constants(site);
  Communicator communicator;
  if (!outermost || source != constants.any_source ||
      !find_communicator(site, words[shape.communicator], communicator))
    return answered.call.run();
  alignas(16) int own_status[16] = {};
  if (words[shape.status] == constants.status_ignored)
    words[shape.status] = reinterpret_cast<Word>(own_status);
  answered.constants = &constants;
  answered.status = reinterpret_cast<const int*>(words[shape.status]);
  const int tag = static_cast<int>(words[shape.tag]);
  const CallBuffer input = plain("tag", &tag, sizeof tag);
  const CallBuffer output = plain("source", answered.answer, sizeof answered.answer);
  run_library_operation(EventKind::kCollective, function.name(), communicator.key, {&input, 1},
                        {&output, 1}, receive, &answered);
  return answered.call.result;
}

constexpr const char* kTypes = "each rank has a type of its own";
constexpr const char* kAnswer = "who answers is known in another call";

int call_unseen(CalledFunction& function, const char* why, const void* site, const Word* words) {
  auto* next = reinterpret_cast<MpiFunction*>(function.at(site));
  if (why) note_unseen(function.name(), why);
  return next ? Passed{next, words, 0}.run() : kOtherError;
}

int call_freeing(CalledFunction& function, Word* communicator, const void* site) {
  auto* next = reinterpret_cast<int (*)(Word*)>(function.at(site));
  if (communicator && probing()) forget_communicator(site, communicator);
  return next ? next(communicator) : kOtherError;
}

using enum Collective::Spread;
using enum Collective::Ranks;
using Side = Collective::Side;
constexpr int8_t kNone = Collective::kNone;
constexpr Side kSendOne{0, 1, kNone, 2, kOne, kAll}, kReceiveOne{3, 4, kNone, 5, kOne, kAll};
constexpr Side kReduced{0, 2, kNone, 3, kOne, kAll}, kReduction{1, 2, kNone, 3, kOne, kAll};

}  // namespace
}  // namespace detaudit::instrument

using namespace detaudit::instrument;

#define COLLECTIVE_BY(call, symbol, ...)                                       \
  static constinit CalledFunction g_##symbol(#symbol);                         \
  static constexpr Collective k##symbol{__VA_ARGS__};                          \
  DETAUDIT_INTERPOSED int symbol(DETAUDIT_MPI_WORDS(DETAUDIT_MPI_PARAMETER)) { \
    const Word words[] = {DETAUDIT_MPI_WORDS(DETAUDIT_MPI_WORD)};              \
    return call(g_##symbol, k##symbol, DETAUDIT_CALL_SITE, words);             \
  }
// Each, and the same that ends in another call.
#define COLLECTIVE(Name, name, ...)                       \
  COLLECTIVE_BY(call_collective, MPI_##Name, __VA_ARGS__) \
  COLLECTIVE_BY(begin_collective, MPI_I##name, __VA_ARGS__)
#define SIDE(...) \
  Side { __VA_ARGS__ }
COLLECTIVE(Bcast, bcast, SIDE(0, 1, kNone, 2, kOne, kRoot), SIDE(0, 1, kNone, 2, kOne, kOthers), 3,
           4)
COLLECTIVE(Reduce, reduce, kReduced, SIDE(1, 2, kNone, 3, kOne, kRoot), 5, 6)
COLLECTIVE(Allreduce, allreduce, kReduced, kReduction, kNone, 5)
COLLECTIVE(Scan, scan, kReduced, kReduction, kNone, 5)
COLLECTIVE(Exscan, exscan, kReduced, SIDE(1, 2, kNone, 3, kOne, kNotFirst), kNone, 5)
COLLECTIVE(Reduce_scatter, reduce_scatter, SIDE(0, 2, kNone, 3, kList, kAll),
           SIDE(1, 2, kNone, 3, kMine, kAll), kNone, 5)
COLLECTIVE(Reduce_scatter_block, reduce_scatter_block, SIDE(0, 2, kNone, 3, kEach, kAll),
           kReduction, kNone, 5)
COLLECTIVE(Gather, gather, kSendOne, SIDE(3, 4, kNone, 5, kEach, kRoot), 6, 7, true)
COLLECTIVE(Gatherv, gatherv, kSendOne, SIDE(3, 4, 5, 6, kList, kRoot), 7, 8, true)
COLLECTIVE(Scatter, scatter, SIDE(0, 1, kNone, 2, kEach, kRoot), kReceiveOne, 6, 7)
COLLECTIVE(Scatterv, scatterv, SIDE(0, 1, 2, 3, kList, kRoot), SIDE(4, 5, kNone, 6, kOne, kAll), 7,
           8)
COLLECTIVE(Allgather, allgather, kSendOne, SIDE(3, 4, kNone, 5, kEach, kAll), kNone, 6, true)
COLLECTIVE(Allgatherv, allgatherv, kSendOne, SIDE(3, 4, 5, 6, kList, kAll), kNone, 7, true)
COLLECTIVE(Alltoall, alltoall, SIDE(0, 1, kNone, 2, kEach, kAll), SIDE(3, 4, kNone, 5, kEach, kAll),
           kNone, 6)
COLLECTIVE(Alltoallv, alltoallv, SIDE(0, 1, 2, 3, kList, kAll), SIDE(4, 5, 6, 7, kList, kAll),
           kNone, 8)

#define RECEIVE(symbol, ...)                                                   \
  static constinit CalledFunction g_##symbol(#symbol);                         \
  DETAUDIT_INTERPOSED int symbol(DETAUDIT_MPI_WORDS(DETAUDIT_MPI_PARAMETER)) { \
    Word words[] = {DETAUDIT_MPI_WORDS(DETAUDIT_MPI_WORD)};                    \
    return call_receive(g_##symbol, {__VA_ARGS__}, DETAUDIT_CALL_SITE, words); \
  }
RECEIVE(MPI_Recv, 3, 4, 5, 6)
RECEIVE(MPI_Sendrecv, 8, 9, 10, 11)
RECEIVE(MPI_Probe, 0, 1, 2, 3)
RECEIVE(MPI_Mprobe, 0, 1, 2, 4)

// Passed on, and said to be unseen.
#define UNSEEN(symbol, why)                                                    \
  static constinit CalledFunction g_##symbol(#symbol);                         \
  DETAUDIT_INTERPOSED int symbol(DETAUDIT_MPI_WORDS(DETAUDIT_MPI_PARAMETER)) { \
    const Word words[] = {DETAUDIT_MPI_WORDS(DETAUDIT_MPI_WORD)};              \
    return call_unseen(g_##symbol, why, DETAUDIT_CALL_SITE, words);            \
  }
UNSEEN(MPI_Alltoallw, kTypes)
UNSEEN(MPI_Ialltoallw, kTypes)

#define COMPLETES(symbol, count, requests)                                                         \
  static constinit CalledFunction g_##symbol(#symbol);                                             \
  DETAUDIT_INTERPOSED int symbol(DETAUDIT_MPI_WORDS(DETAUDIT_MPI_PARAMETER)) {                     \
    const Word words[] = {DETAUDIT_MPI_WORDS(DETAUDIT_MPI_WORD)};                                  \
    return call_completing(g_##symbol, static_cast<uint32_t>(count), requests, DETAUDIT_CALL_SITE, \
                           words);                                                                 \
  }
COMPLETES(MPI_Wait, 1, w0)
COMPLETES(MPI_Test, 1, w0)
COMPLETES(MPI_Waitall, w0, w1) COMPLETES(MPI_Testall, w0, w1) COMPLETES(MPI_Waitany, w0, w1)
    COMPLETES(MPI_Testany, w0, w1) COMPLETES(MPI_Waitsome, w0, w1) COMPLETES(MPI_Testsome, w0, w1)

        static constinit CalledFunction g_MPI_Irecv("MPI_Irecv");
DETAUDIT_INTERPOSED int MPI_Irecv(DETAUDIT_MPI_WORDS(DETAUDIT_MPI_PARAMETER)) {
  const Word words[] = {DETAUDIT_MPI_WORDS(DETAUDIT_MPI_WORD)};
  const int source = static_cast<int>(words[3]);
  const void* site = DETAUDIT_CALL_SITE;
  const bool any = source < 0 && source == mpi_constants(site).any_source;
  return call_unseen(g_MPI_Irecv, any ? kAnswer : nullptr, site, words);
}

// A communicator's handle may be another's later.
#define FORGETS(symbol)                                                \
  static constinit CalledFunction g_##symbol(#symbol);                 \
  DETAUDIT_INTERPOSED int symbol(Word* communicator) {                 \
    return call_freeing(g_##symbol, communicator, DETAUDIT_CALL_SITE); \
  }
FORGETS(MPI_Comm_free)
FORGETS(MPI_Comm_disconnect)
