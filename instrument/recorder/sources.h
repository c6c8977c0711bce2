#pragma once

#include <atomic>
#include <cstdint>

#include "instrument/recorder/settings.h"
#include "instrument/recorder/thread_lane.h"
#include "instrument/trace/event.h"
#include "instrument/trace/writer.h"

namespace detaudit::instrument {

// What the libc probe uses of the recorder: the only names besides the probe API that
// libdetaudit_probe exports. `Inside` must be held, and probing() true, for all of them.
#define DETAUDIT_INTERNAL __attribute__((visibility("default")))

DETAUDIT_INTERNAL bool probing();  // this process records
DETAUDIT_INTERNAL const Settings& probe_settings();
DETAUDIT_INTERNAL ThreadLane* probe_lane();  // the calling thread's, may be null

// The subject read a source of nondeterminism at return address `site`. `function` is a literal.
// Readings by the C library, the loader and ourselves are left out.
DETAUDIT_INTERNAL void note_source(SourceKind kind, const char* function, const void* site);
// The same for what an adapter saw, by texts, which are copied: the subject asked a framework for
// `function` at `site` of its script, or what of that matters for what follows. Counts equal ones.
void adapter_opened();
bool has_no_adapter();  // Python is in this process, and no adapter of ours is at work
void note_text(SourceKind kind, const char* function, const char* site, uint64_t count);
// The subject opened a file for writing, or gave one its name.
DETAUDIT_INTERNAL void note_file(const char* function, const char* absolute_path);
// The subject opened a file that an earlier run of its audit had changed.
DETAUDIT_INTERNAL void note_file_inherited(const char* function, const char* absolute_path);
// The subject took a name away: removed what had it, or moved it.
DETAUDIT_INTERNAL void note_file_removed(const char* function, const char* absolute_path);
// The subject starts a program that no probe will see. `why` is a literal.
DETAUDIT_INTERNAL void note_unseen_program(const char* why, const char* absolute_path);
// The same, where a watcher sees from outside what it does to files.
DETAUDIT_INTERNAL void note_watched_program(const char* why, const char* absolute_path);

// The lane of a thread that the calling one is about to start, and its adoption there.
DETAUDIT_INTERNAL ThreadLane* bear_lane(void* (*start)(void*), void* argument);
DETAUDIT_INTERNAL void bury_lane(ThreadLane* lane);  // it was not started after all
DETAUDIT_INTERNAL void begin_lane(ThreadLane* lane);

DETAUDIT_INTERNAL void begin_program();  // an exec is about to replace this process's program
// Around a call that makes a child which becomes a program: the child's number, for its end. `gone`:
// nobody will take the name any more.
inline constexpr uint32_t kNoStart = UINT32_MAX;
DETAUDIT_INTERNAL uint32_t begin_start();
DETAUDIT_INTERNAL void end_start(uint32_t number, bool gone);
DETAUDIT_INTERNAL void end_process();    // _exit: finish the trace now

// For the recorder itself.
void write_sources(TraceWriter& writer);  // the final counts
void restart_sources();                   // in a fork's child

}  // namespace detaudit::instrument
