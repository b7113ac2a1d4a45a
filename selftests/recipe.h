/* SPDX-License-Identifier: MIT */
/* Descriptors made by hand, to be imported: each wrong in one respect. */
#ifndef SELFTESTS_RECIPE_H
#define SELFTESTS_RECIPE_H

#include <stdio.h>

#include "kinds.h"

#define SIZE 1024

#define SIZE_SEALS ((unsigned int)(F_SEAL_SHRINK | F_SEAL_GROW))
#define UNSAFE_SEALS (SIZE_SEALS | F_SEAL_SEAL)
#define LIVE_SEALS (UNSAFE_SEALS | F_SEAL_FUTURE_WRITE)
#define FROZEN_SEALS (UNSAFE_SEALS | F_SEAL_WRITE)

/* What import makes of parts that are declared to be of a kind. */
static inline uint32_t import_with(struct sealmem_descriptor *parts,
			    enum sealmem_kind kind,
			    const struct sealmem_policy *policy)
{
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_writable_region writable = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };
	int fd = parts->fd, ret;

	if (kind == SEALMEM_KIND_READONLY)
		ret = sealmem_readonly_region_import(parts, policy, &readonly);
	else if (kind == SEALMEM_KIND_WRITABLE)
		ret = sealmem_writable_region_import(parts, policy, &writable);
	else
		ret = sealmem_unsafe_region_import(parts, policy, &unsafe);

	EXPECT_EQ(SEALMEM_KIND_NONE, parts->kind);
	if (ret == 0) {
		EXPECT_EQ(SEALMEM_REFUSAL_NONE, parts->refusal);
	} else {
		EXPECT_NE(SEALMEM_REFUSAL_NONE, parts->refusal);
		EXPECT_ERRNO(EBADF, fcntl(fd, F_GETFD));
		EXPECT_TRUE(sealmem_readonly_region_is_empty(&readonly));
		EXPECT_TRUE(sealmem_writable_region_is_empty(&writable));
		EXPECT_TRUE(sealmem_unsafe_region_is_empty(&unsafe));
	}
	sealmem_readonly_region_close(&readonly);
	sealmem_writable_region_close(&writable);
	sealmem_unsafe_region_close(&unsafe);
	/* Reasons about the descriptor and about what is declared. */
	if (ret != 0 && ret != -EPROTO)
		EXPECT_EQ(-EBADMSG, ret);
	return parts->refusal;
}

static inline uint32_t import_as(struct sealmem_descriptor *parts,
			  enum sealmem_kind kind)
{
	parts->kind = kind;
	return import_with(parts, kind, NULL);
}

static inline struct sealmem_descriptor declare(int fd, enum sealmem_kind kind,
					 uint64_t size)
{
	struct sealmem_descriptor parts = {
		.kind = kind,
		.size = size,
		.fd = fd,
	};

	ASSERT_SYS(fd);
	ASSERT_OK(sealmem_token_generate(&parts.token));
	return parts;
}

/* A memfd made by hand: like a region's, but for what the case is about. */
struct recipe {
	unsigned int seals;
	int access;
	mode_t mode;
	off_t size;
	bool has_hole;
	unsigned int memfd_flags;
};

static inline int cook(const struct recipe *recipe)
{
	size_t size = recipe->size ? (size_t)recipe->size : page_size();
	char path[64];
	int fd, again;

	fd = memfd_create("import", MFD_CLOEXEC | MFD_ALLOW_SEALING |
					    recipe->memfd_flags);
	ASSERT_SYS(fd);
	ASSERT_SYS(fchmod(fd, 0600));
	ASSERT_SYS(ftruncate(fd, (off_t)size));
	for (size_t at = recipe->has_hole ? page_size() : 0; at < size;
	     at += page_size())
		ASSERT_EQ(1, pwrite(fd, "", 1, (off_t)at));
	ASSERT_SYS(fcntl(fd, F_ADD_SEALS, recipe->seals));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, recipe->access | O_CLOEXEC);
	ASSERT_SYS(again);
	if (recipe->mode)
		ASSERT_SYS(fchmod(fd, recipe->mode));
	close(fd);
	return again;
}

static inline uint32_t import_cooked(struct recipe recipe, enum sealmem_kind kind,
			      const struct sealmem_policy *policy)
{
	uint64_t size = recipe.size ? (uint64_t)recipe.size : page_size();
	struct sealmem_descriptor parts = declare(cook(&recipe), kind, size);

	return import_with(&parts, kind, policy);
}

static inline uint32_t readonly_from(struct recipe recipe)
{
	return import_cooked(recipe, SEALMEM_KIND_READONLY, NULL);
}

static inline uint32_t unsafe_from(struct recipe recipe)
{
	recipe.access = recipe.access ? recipe.access : O_RDWR;
	return import_cooked(recipe, SEALMEM_KIND_UNSAFE, NULL);
}

static inline uint32_t writable_from(struct recipe recipe)
{
	recipe.access = O_RDWR;
	return import_cooked(recipe, SEALMEM_KIND_WRITABLE, NULL);
}

#endif
