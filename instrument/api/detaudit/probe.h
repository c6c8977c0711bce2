/* The probe API: what a C or C++ program says about itself to an audit.
 *
 * Link `detaudit_probe`. Every call is a no-op, at the cost of a predictable branch, when the
 * program is not under `detaudit run`. No call throws, exits, prints or fails visibly: trouble
 * marks the trace lossy. Every call may be made from any thread and after fork(). */
#ifndef DETAUDIT_PROBE_H_
#define DETAUDIT_PROBE_H_

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define DETAUDIT_API __attribute__((visibility("default")))
#else
#define DETAUDIT_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  DETAUDIT_U8,
  DETAUDIT_I32,
  DETAUDIT_I64,
  DETAUDIT_F16,
  DETAUDIT_BF16,
  DETAUDIT_F32,
  DETAUDIT_F64
} detaudit_dtype;

/* `elements` elements of `dtype` at `data`. `name` is kept by pointer until the op ends. */
typedef struct {
  const char* name;
  void* data;
  size_t elements;
  detaudit_dtype dtype;
} detaudit_buffer;

typedef struct detaudit_op detaudit_op;

/* 1 when the program runs under an audit that records, else 0. */
DETAUDIT_API int detaudit_active(void);

/* A new step begins (a training iteration, a request): events that follow carry its number. */
DETAUDIT_API void detaudit_step(uint64_t step);

/* An operation: declare its inputs (digested at the call, so before it runs), run it, declare its
 * outputs (digested at detaudit_op_end). `key` says which one of several in a step it is (which
 * parameter, which sample); NULL: the occurrence counts. begin returns NULL when not audited, and
 * the other calls take NULL. */
DETAUDIT_API detaudit_op* detaudit_op_begin(const char* op, const char* key);
DETAUDIT_API void detaudit_op_input(detaudit_op*, detaudit_buffer);
DETAUDIT_API void detaudit_op_output(detaudit_op*, detaudit_buffer);
DETAUDIT_API void detaudit_op_end(detaudit_op*);

/* The same for a buffer whose bytes the recorder cannot read, such as a device's: its digest, as
 * docs/digest.md defines it. `data` is not touched. May be called until the op ends, for inputs too. */
DETAUDIT_API void detaudit_op_input_digest(detaudit_op*, detaudit_buffer, uint64_t low,
                                           uint64_t high);
DETAUDIT_API void detaudit_op_output_digest(detaudit_op*, detaudit_buffer, uint64_t low,
                                            uint64_t high);

/* The same op as a function that can be run again on restored buffers: what --replay re-executes.
 * Every byte that body reads or writes and that differs between executions must be in a buffer.
 * An in-place op lists the buffer under both `in` and `out`. Runs body exactly once when not
 * audited. */
DETAUDIT_API void detaudit_op_run(const char* op, const char* key, const detaudit_buffer* in,
                                  size_t n_in, const detaudit_buffer* out, size_t n_out,
                                  void (*body)(void*), void* context);

/* The source line of the calling thread's next op. `file` is kept by pointer. */
DETAUDIT_API void detaudit_location(const char* file, uint32_t line);

/* The state of a random number generator, after seeding and whenever worth checking. */
DETAUDIT_API void detaudit_rng_stream(const char* stream, const void* state, size_t bytes);

/* The samples of a batch, by index, in the order in which they will be used. */
DETAUDIT_API void detaudit_batch(const char* dataset, const uint64_t* samples, size_t count);

/* A named value that users watch (loss, accuracy): digested exactly, and kept for --goal metrics.
 */
DETAUDIT_API void detaudit_metric(const char* name, double value);

/* Names the calling thread's lane (default: by the thread's birth). */
DETAUDIT_API void detaudit_lane(const char* name);

/* A point where threads race: before a worker claims a block, takes from a queue, locks. Replay and
 * perturbed runs may delay the thread here by microseconds, so that other orders are seen. */
DETAUDIT_API void detaudit_schedule_point(void);

/* How many workers an op should use now: `wanted`, unless an experiment pins it (to 1). Ask at
 * every launch, inside the body of a detaudit_op_run. */
DETAUDIT_API uint32_t detaudit_workers(uint32_t wanted);

/* Optional: lends the recorder the calling thread's own pool. When this thread's calls have much to
 * digest, they do it as `run(pool, blocks, block, context)`, which must call block(context, i) once
 * for every i below `blocks`, on any threads, and return when all returned. Never asked for from
 * inside a body; make no calls that record from inside a parallel region of this pool. NULL ends
 * it. */
typedef void (*detaudit_parallel_run)(void* pool, size_t blocks,
                                      void (*block)(void* context, size_t index), void* context);
DETAUDIT_API void detaudit_parallel(detaudit_parallel_run run, void* pool);

#ifdef __cplusplus
}
#endif

#endif
