// A BLAS of one function: a dot product over threads, as many as OMP_NUM_THREADS says, or four.
// They add what they have to the result as they go (a hazard), or it is folded in their order
// (CLEAN).
#include <pthread.h>
#include <stdlib.h>

enum { kMostThreads = 4, kAtOnce = 500 };

struct part {
  const double *x, *y;
  int begin, end;
  double sum;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double total;

static void add_to_total(struct part* part) {
  pthread_mutex_lock(&lock);
  total += part->sum;
  pthread_mutex_unlock(&lock);
  part->sum = 0;
}

static void* multiply(void* argument) {
  struct part* part = argument;
  for (int i = part->begin; i < part->end; ++i) {
    part->sum += part->x[i] * part->y[i];
#ifndef CLEAN
    if ((i + 1) % kAtOnce == 0) add_to_total(part);
#endif
  }
  return NULL;
}

double cblas_ddot(int n, const double* x, int step_x, const double* y, int step_y) {
  struct part parts[kMostThreads];
  pthread_t born[kMostThreads];
  const char* wanted = getenv("OMP_NUM_THREADS");
  const int asked = wanted ? atoi(wanted) : kMostThreads;
  const int threads = asked > 0 && asked < kMostThreads ? asked : kMostThreads;
  (void)step_x, (void)step_y;  // 1, both
  total = 0;
  for (int t = 0; t < threads; ++t) {
    parts[t] =
        (struct part){x, y, (int)((long)n * t / threads), (int)((long)n * (t + 1) / threads), 0};
    pthread_create(&born[t], NULL, multiply, &parts[t]);
  }
  for (int t = 0; t < threads; ++t) pthread_join(born[t], NULL);
  for (int t = 0; t < threads; ++t) add_to_total(&parts[t]);
  return total;
}
