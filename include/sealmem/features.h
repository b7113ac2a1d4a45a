/* SPDX-License-Identifier: MIT */
/*
 * What this kernel can do, found by doing each thing once on memory of our
 * own, never from a version number.
 */
#ifndef SEALMEM_FEATURES_H
#define SEALMEM_FEATURES_H

#include <sealmem/base.h>

/**
 * enum sealmem_feature - Bits of sealmem_features()
 * @SEALMEM_FEATURE_MEMFD: memfd_create, sealable (3.17)
 * @SEALMEM_FEATURE_WRITE_SEAL: F_SEAL_WRITE: frozen regions (3.17)
 * @SEALMEM_FEATURE_FUTURE_WRITE_SEAL: F_SEAL_FUTURE_WRITE: live regions (5.1)
 * @SEALMEM_FEATURE_NOEXEC_SEAL: MFD_NOEXEC_SEAL: the x bits stay clear (6.3)
 * @SEALMEM_FEATURE_REOPEN: Opening a descriptor again through procfs:
 *	conversion to read-only
 * @SEALMEM_FEATURE_DONTFORK: MADV_DONTFORK on shared memory: writers that do
 *	not leak into children (2.6.16)
 * @SEALMEM_FEATURE_POPULATE_READ: MADV_POPULATE_READ: mapping regions that may
 *	have holes (5.14)
 * @SEALMEM_FEATURE_SEEK_HOLE: SEEK_HOLE on shared memory: telling whether a
 *	region has holes (3.8)
 * @SEALMEM_FEATURE_URING_FUTEX: IORING_OP_FUTEX_WAIT: waiting for a snapshot in
 *	an io_uring (6.7); missing where this process may make no ring
 */
enum sealmem_feature {
	SEALMEM_FEATURE_MEMFD = 1 << 0,
	SEALMEM_FEATURE_WRITE_SEAL = 1 << 1,
	SEALMEM_FEATURE_FUTURE_WRITE_SEAL = 1 << 2,
	SEALMEM_FEATURE_NOEXEC_SEAL = 1 << 3,
	SEALMEM_FEATURE_REOPEN = 1 << 4,
	SEALMEM_FEATURE_DONTFORK = 1 << 5,
	SEALMEM_FEATURE_POPULATE_READ = 1 << 6,
	SEALMEM_FEATURE_SEEK_HOLE = 1 << 7,
	SEALMEM_FEATURE_URING_FUTEX = 1 << 8,
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * sealmem_features() - What this kernel can do
 *
 * The first call tries everything; later ones remember what is certain. A trial
 * that fails for a passing reason (no descriptor left, no memory) counts as
 * missing this once and is made again at the next call.
 *
 * Context: Any thread; two first calls at once may both try.
 * Return: Bits of enum sealmem_feature.
 */
SEALMEM_API uint32_t sealmem_features(void);

/**
 * sealmem_feature_text() - A feature in words
 * @feature: One bit of enum sealmem_feature
 * @ret_name: Receives a short name, static; may be NULL
 * @ret_purpose: Receives what it is needed for, static; may be NULL
 *
 * Context: Any thread; async-signal-safe.
 * Return: 0, or -EINVAL if @feature is not one known bit.
 */
SEALMEM_FALLIBLE int sealmem_feature_text(uint32_t feature,
					  const char **ret_name,
					  const char **ret_purpose);

#ifdef __cplusplus
}
#endif

#endif
