/* SPDX-License-Identifier: MIT */
/* Features in words. What tries them is sealing/probe.c. */
#include <errno.h>
#include <sealmem/features.h>

#include "sealing/sealing.h"

static const struct {
	enum sealmem_feature feature;
	const char *name;
	const char *purpose;
} texts[] = {
	{ SEALMEM_FEATURE_MEMFD, "memfd", "all regions" },
	{ SEALMEM_FEATURE_WRITE_SEAL, "write-seal",
	  "frozen regions, which nobody can write" },
	{ SEALMEM_FEATURE_FUTURE_WRITE_SEAL, "future-write-seal",
	  "live regions, which only their creator can write" },
	{ SEALMEM_FEATURE_NOEXEC_SEAL, "noexec-seal",
	  "memory whose execute permission bits stay clear" },
	{ SEALMEM_FEATURE_REOPEN, "reopen",
	  "conversion to read-only (needs procfs)" },
	{ SEALMEM_FEATURE_DONTFORK, "dontfork",
	  "writers that do not leak into child processes" },
	{ SEALMEM_FEATURE_POPULATE_READ, "populate-read",
	  "mapping regions that may have holes" },
	{ SEALMEM_FEATURE_SEEK_HOLE, "seek-hole",
	  "seeing whether a received region has holes" },
	{ SEALMEM_FEATURE_URING_FUTEX, "uring-futex",
	  "waiting for a snapshot in an io_uring" },
};

uint32_t sealmem_features(void)
{
	return sealing_features();
}

int sealmem_feature_text(uint32_t feature, const char **ret_name,
			 const char **ret_purpose)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (feature != (uint32_t)texts[i].feature)
			continue;
		if (ret_name)
			*ret_name = texts[i].name;
		if (ret_purpose)
			*ret_purpose = texts[i].purpose;
		return 0;
	}
	return -EINVAL;
}

const char *sealmem_version(void)
{
	return SEALMEM_VERSION;
}
