// A CUDA driver without a device, to see what a program asks of one: memory is the host's, kernels are loaded and
// do nothing, launches that an H100 would refuse are refused, and everything is counted. Numbers that are read back
// are therefore zeros. Knows what burn's CUDA backend calls, no more.
//
// CUDA_COUNTS names the file of the counts (standard error without it), CUDA_BYTES the size of the memory,
// CUDA_DEVICES how many devices there are.
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define API __attribute__((visibility("default"))) int
enum { SUCCESS = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_DEVICE = 101 };
#define LIMIT_BYTES (80ull << 30)
#define SHARED_BYTES (227 << 10)

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static uint64_t modules, launches, refused, up, up_bytes, down, down_bytes, event_waits, stream_waits, allocations, used, peak;
typedef struct { char name[256]; uint64_t count; unsigned grid[3], block[3], shared; } Function;
static Function *functions[65536];
static int function_count;

static void report(void) {
    const char *path = getenv("CUDA_COUNTS");
    FILE *file = path ? fopen(path, "w") : stderr;
    if (!file) return;
    fprintf(file, "modules %lu\nlaunches %lu\nrefused %lu\ncopies_to_device %lu\nbytes_to_device %lu\ncopies_to_host %lu\n"
            "bytes_to_host %lu\nevent_waits %lu\nstream_waits %lu\nallocations %lu\npeak_bytes %lu\n",
            modules, launches, refused, up, up_bytes, down, down_bytes, event_waits, stream_waits, allocations, peak);
    for (int i = 0; i < function_count; i++) {
        Function *f = functions[i];
        fprintf(file, "kernel %lu %ux%ux%u %ux%ux%u %u %s\n", f->count, f->grid[0], f->grid[1], f->grid[2], f->block[0], f->block[1], f->block[2], f->shared, f->name);
    }
    if (path) fclose(file);
}

API cuInit(unsigned flags) { static int once; if (!once++) atexit(report); return SUCCESS; }
API cuDriverGetVersion(int *v) { *v = 13000; return SUCCESS; }
static int devices(void) { const char *n = getenv("CUDA_DEVICES"); return n ? atoi(n) : 1; }
API cuDeviceGetCount(int *n) { *n = devices(); return SUCCESS; }
API cuDeviceGet(int *d, int i) { if (i < 0 || i >= devices()) return INVALID_DEVICE; *d = i; return SUCCESS; }
API cuDeviceGetName(char *name, int n, int d) { snprintf(name, n, "no device"); return SUCCESS; }
API cuDeviceGetUuid_v2(void *u, int d) { memset(u, d, 16); return SUCCESS; }
API cuDeviceTotalMem_v2(size_t *b, int d) { *b = LIMIT_BYTES; return SUCCESS; }
API cuDeviceGetAttribute(int *v, int a, int d) {
    switch (a) {
    case 1: *v = 1024; break;                      // threads per block
    case 2: case 3: *v = 1024; break;
    case 4: *v = 64; break;                        // block z
    case 5: *v = 2147483647; break;                // grid x
    case 6: case 7: *v = 65535; break;
    case 8: *v = 49152; break;                     // shared per block
    case 10: *v = 32; break;                       // warp
    case 16: *v = 132; break;                      // multiprocessors
    case 75: *v = 9; break;                        // compute capability 9.0
    case 76: *v = 0; break;
    case 97: *v = SHARED_BYTES; break;             // shared per block, opted in
    case 115: *v = 1; break;                       // memory pools
    default: *v = 0;
    }
    return SUCCESS;
}
static __thread void *current;
static char contexts[64];
API cuDevicePrimaryCtxRetain(void **c, int d) { *c = &contexts[d]; return SUCCESS; }
API cuDevicePrimaryCtxRelease_v2(int d) { return SUCCESS; }
API cuCtxSetCurrent(void *c) { current = c; return SUCCESS; }
API cuCtxGetCurrent(void **c) { *c = current; return SUCCESS; }
API cuCtxSynchronize(void) { __sync_fetch_and_add(&stream_waits, 1); return SUCCESS; }
API cuCtxEnablePeerAccess(void *c, unsigned f) { return SUCCESS; }
API cuDeviceCanAccessPeer(int *can, int a, int b) { *can = 0; return SUCCESS; }
API cuGetErrorName(int e, const char **s) { *s = e == OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR"; return SUCCESS; }
API cuGetErrorString(int e, const char **s) { *s = e == OUT_OF_MEMORY ? "out of memory" : "error"; return SUCCESS; }

static uint64_t limit(void) { const char *n = getenv("CUDA_BYTES"); return n ? strtoull(n, 0, 10) : LIMIT_BYTES; }
static int take(uint64_t *p, size_t bytes) {
    pthread_mutex_lock(&lock);
    int fits = used + bytes <= limit();
    if (fits) { used += bytes; allocations++; if (used > peak) peak = used; }
    pthread_mutex_unlock(&lock);
    if (!fits) return OUT_OF_MEMORY;
    // A page before the memory says how long it is; pages are taken as they are touched.
    char *at = mmap(0, bytes + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return OUT_OF_MEMORY;
    *(uint64_t *)at = bytes;
    *p = (uint64_t)(at + 4096);
    return SUCCESS;
}
static int give(uint64_t p) {
    char *at = (char *)p - 4096;
    uint64_t bytes = *(uint64_t *)at;
    pthread_mutex_lock(&lock); used -= bytes; pthread_mutex_unlock(&lock);
    munmap(at, bytes + 4096);
    return SUCCESS;
}
API cuMemAlloc_v2(uint64_t *p, size_t n) { return take(p, n); }
API cuMemAllocAsync(uint64_t *p, size_t n, void *s) { return take(p, n); }
API cuMemFree_v2(uint64_t p) { return give(p); }
API cuMemFreeAsync(uint64_t p, void *s) { return give(p); }
API cuMemAllocHost_v2(void **p, size_t n) { *p = malloc(n ? n : 1); return *p ? SUCCESS : OUT_OF_MEMORY; }
API cuMemFreeHost(void *p) { free(p); return SUCCESS; }
API cuMemGetInfo_v2(size_t *f, size_t *t) { *t = limit(); *f = limit() - used; return SUCCESS; }
static void copied(uint64_t *times, uint64_t *bytes, size_t n) { __sync_fetch_and_add(times, 1); __sync_fetch_and_add(bytes, n); }
API cuMemcpyHtoDAsync_v2(uint64_t d, const void *h, size_t n, void *s) { memcpy((void *)d, h, n); copied(&up, &up_bytes, n); return SUCCESS; }
API cuMemcpyDtoHAsync_v2(void *h, uint64_t d, size_t n, void *s) { memcpy(h, (void *)d, n); copied(&down, &down_bytes, n); return SUCCESS; }
API cuMemcpyDtoDAsync_v2(uint64_t d, uint64_t f, size_t n, void *s) { memmove((void *)d, (void *)f, n); return SUCCESS; }
API cuMemcpyPeerAsync(uint64_t d, void *dc, uint64_t f, void *fc, size_t n, void *s) { memmove((void *)d, (void *)f, n); return SUCCESS; }
API cuMemsetD8Async(uint64_t d, unsigned char v, size_t n, void *s) { memset((void *)d, v, n); return SUCCESS; }
typedef struct { size_t sx, sy; int st; const void *sh; uint64_t sd; void *sa; size_t sp, dx, dy; int dt; void *dh; uint64_t dd; void *da; size_t dp, w, h; } Copy2D;
API cuMemcpy2DAsync_v2(const Copy2D *c, void *s) {
    const char *from = c->st == 1 ? c->sh : (const char *)c->sd;
    char *to = c->dt == 1 ? c->dh : (char *)c->dd;
    for (size_t y = 0; y < c->h; y++) memcpy(to + y * c->dp, from + y * c->sp, c->w);
    if (c->st == 1) copied(&up, &up_bytes, c->w * c->h);
    if (c->dt == 1) copied(&down, &down_bytes, c->w * c->h);
    return SUCCESS;
}
API cuStreamCreate(void **s, unsigned f) { *s = malloc(1); return SUCCESS; }
API cuStreamDestroy_v2(void *s) { return SUCCESS; }
API cuStreamSynchronize(void *s) { __sync_fetch_and_add(&stream_waits, 1); return SUCCESS; }
API cuStreamWaitEvent(void *s, void *e, unsigned f) { return SUCCESS; }
API cuEventCreate(void **e, unsigned f) { *e = calloc(1, sizeof(struct timespec)); return SUCCESS; }
API cuEventRecord(void *e, void *s) { clock_gettime(CLOCK_MONOTONIC, e); return SUCCESS; }
API cuEventQuery(void *e) { return SUCCESS; }
API cuEventSynchronize(void *e) { __sync_fetch_and_add(&event_waits, 1); return SUCCESS; }
API cuEventDestroy_v2(void *e) { free(e); return SUCCESS; }
API cuEventElapsedTime_v2(float *ms, struct timespec *a, struct timespec *b) { *ms = (b->tv_sec - a->tv_sec) * 1e3 + (b->tv_nsec - a->tv_nsec) / 1e6; return SUCCESS; }
API cuModuleLoadData(void **m, const void *image) { __sync_fetch_and_add(&modules, 1); *m = (void *)image; return SUCCESS; }
API cuModuleUnload(void *m) { return SUCCESS; }
API cuModuleGetFunction(void **f, void *m, const char *name) {
    Function *new = calloc(1, sizeof *new);
    snprintf(new->name, sizeof new->name, "%s", name);
    pthread_mutex_lock(&lock); functions[function_count++] = new; pthread_mutex_unlock(&lock);
    *f = new;
    return SUCCESS;
}
API cuFuncSetAttribute(Function *f, int a, int v) { return a == 8 && v > SHARED_BYTES ? INVALID_VALUE : SUCCESS; }
API cuLaunchKernel(Function *f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *s, void **args, void **extra) {
    if (!gx || !gy || !gz || gx > 2147483647u || gy > 65535 || gz > 65535 || !bx || !by || !bz || bx > 1024 || by > 1024 || bz > 64
        || bx * by * bz > 1024 || shared > SHARED_BYTES) {
        __sync_fetch_and_add(&refused, 1);
        return INVALID_VALUE;
    }
    pthread_mutex_lock(&lock);
    launches++;
    f->count++;
    if ((uint64_t)gx * gy * gz > (uint64_t)f->grid[0] * f->grid[1] * f->grid[2]) { f->grid[0] = gx; f->grid[1] = gy; f->grid[2] = gz; }
    f->block[0] = bx; f->block[1] = by; f->block[2] = bz; f->shared = shared;
    pthread_mutex_unlock(&lock);
    return SUCCESS;
}
API cuTensorMapEncodeTiled(void *map) { memset(map, 0, 128); return SUCCESS; }
API cuTensorMapEncodeIm2col(void *map) { memset(map, 0, 128); return SUCCESS; }
