/* What the adapter of a framework, in a language of its own, tells the recorder: the probe API in
 * fewer, larger calls, with buffers of any strides. For our adapters (instrument/python); the ABI
 * has a version. No call throws, exits, prints or fails visibly, and all are no-ops in a process
 * that is not under audit. Texts are UTF-8, may be null, and are copied unless said otherwise. */
#ifndef DETAUDIT_ADAPTER_H_
#define DETAUDIT_ADAPTER_H_

#include "detaudit/probe.h"

#ifdef __cplusplus
extern "C" {
#endif

#define DETAUDIT_ADAPTER_VERSION 3

/* Says that an adapter written for `version` is at work in this process: "CPython 3.13.1". Returns
 * 1 when it is to go on, 0 when nothing is recorded or the version is not this library's. */
DETAUDIT_API int detaudit_adapter_open(uint32_t version, const char* who);

/* Buffers come as one array of words, one buffer after the other:
 *   address, dtype (detaudit_dtype), bytes an item, dimensions, sizes..., strides in bytes...
 * An item is one or more elements of the dtype: a complex64 is F32 of 8 bytes; types that
 * detaudit_dtype lacks are U8. Items count in row-major order of the sizes whatever the strides:
 * that order defines the bytes, which are read in place. A null address is an empty buffer. With -1
 * for dimensions the next word is a count, and so many words that follow are the buffer itself.
 * `names`: a zero-terminated name for each buffer, one after the other, kept by pointer until the
 * op ends; null: none. */

/* An operation: its inputs are digested here. Null when it is not recorded. */
DETAUDIT_API detaudit_op* detaudit_adapter_begin(const char* op, const char* key, const char* file,
                                                 uint32_t line, const int64_t* buffers,
                                                 uint32_t count, const char* names);
/* Digests the outputs and writes the event. An op that failed has none. Takes null. */
DETAUDIT_API void detaudit_adapter_end(detaudit_op*, const int64_t* buffers, uint32_t count,
                                       const char* names);

/* The same for what several processes take part in: its ranks have op, key, step and
 * occurrence in common. Inputs are what this rank sends, outputs what it receives; it may end long
 * after it began, and with null names. */
DETAUDIT_API detaudit_op* detaudit_adapter_begin_collective(const char* op, const char* key,
                                                            const char* file, uint32_t line,
                                                            const int64_t* buffers,
                                                            uint32_t count);

/* What the calling thread does until it leaves is a library's own doing: what it calls of numerical
 * libraries is no event. Spans nest. */
DETAUDIT_API void detaudit_adapter_aside(int entered);

/* What the model is doing in the calling thread from now on: events say so. */
typedef enum {
  DETAUDIT_PHASE_UNKNOWN = 0,
  DETAUDIT_PHASE_TRAINING = 1,     /* gradients are computed, or applied */
  DETAUDIT_PHASE_EVALUATION = 2,   /* a module in evaluation mode, a loop that evaluates */
  DETAUDIT_PHASE_GRADIENTS_OFF = 3 /* a module in training mode, where no gradient is kept */
} detaudit_phase;
DETAUDIT_API void detaudit_adapter_phase(uint32_t phase);

/* 1 when the run executes this op, or with null any, more than once: then it is to be given to
 * detaudit_op_run. */
DETAUDIT_API int detaudit_adapter_replays(const char* op);

/* By which number, another in each run, this one perturbs when threads run; 0 where it does not. */
DETAUDIT_API uint64_t detaudit_adapter_schedule_seed(void);

/* The state of a generator, where that is worth checking. */
DETAUDIT_API void detaudit_adapter_state(const char* stream, const char* key, const char* file,
                                         uint32_t line, const void* state, size_t bytes);

/* A batch as it arrived: `count` buffers whose first dimension counts the samples. A sample is
 * known by the digest of its parts, so that the same ones in another order are told from others. */
DETAUDIT_API void detaudit_adapter_batch(const char* dataset, const char* key, const char* file,
                                         uint32_t line, const int64_t* buffers, uint32_t count);

/* A value that users watch, with its place; NaN is a value. */
DETAUDIT_API void detaudit_adapter_metric(const char* name, const char* file, uint32_t line,
                                          double value);

/* A fact about the run that is no event. Equal ones are counted. */
typedef enum {
  DETAUDIT_NOTE_ENTROPY = 1,  /* what: "numpy.random.default_rng()", of: "train.py:12" */
  DETAUDIT_NOTE_CLOCK = 2,    /* likewise, seeded by the time */
  DETAUDIT_NOTE_SETTING = 18, /* what: "torch.use_deterministic_algorithms", of: "not called" */
  DETAUDIT_NOTE_ADAPTER = 21, /* what: "torch", of: its version: an adapter is at work on it */
  DETAUDIT_NOTE_UNSEEN = 22, /* what: "code compiled by torch.compile", of: "train.py:40" or null */
  DETAUDIT_NOTE_PHASE = 30,  /* what: "training" or "inference", of: what showed it */
  DETAUDIT_NOTE_PRINTED = 32, /* what: "OFFSET HEX", text for stdout from there on and its first bytes;
                                 of: the line that prints it. Without either: not known from there on */
  DETAUDIT_NOTE_OPENED = 33, /* what: a file, of: the line that opens it to write */
  DETAUDIT_NOTE_UNORDERED = 29 /* what: "tf.data.Dataset.map(deterministic=False)", of: "train.py:7" */
} detaudit_note;
DETAUDIT_API void detaudit_adapter_note(uint32_t note, const char* what, const char* of,
                                        uint64_t count);

/* An audit hook of CPython's (PySys_AddAuditHook), in C, since the interpreter calls it at each of
 * its events: hands the arguments of "open" to `told`, a function of them alone. */
DETAUDIT_API int detaudit_adapter_audit(const char* event, void* arguments, void* told);

#ifdef __cplusplus
}
#endif

#endif
