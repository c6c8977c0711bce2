// A BLAS that does nothing: what a call's buffers are is to be seen, not what it computes.
#define BLANK(name) \
  void name(void) {}
BLANK(cblas_dgemm)
BLANK(cblas_dsyrk)
BLANK(cblas_dtrsm)
BLANK(cblas_dgemv)
BLANK(cblas_zherk)
BLANK(dgemm_)
BLANK(dgesv_)
BLANK(scipy_cblas_dgemm64_)
double cblas_ddot(void) { return 0; }
