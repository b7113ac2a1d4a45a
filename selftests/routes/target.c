/* SPDX-License-Identifier: MIT */
/*
 * Memory to attack, made by the library's own public calls but for the control,
 * and what it looks like before and after. Looking takes system calls on the
 * descriptor and no mapping: whatever an attack did cannot crash who looks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "selftests/routes/routes.h"

#ifndef MFD_EXEC	/* Linux 6.3 */
#define MFD_EXEC	0x10u
#endif

#define PAGES	3

const char *attack_kind_name(enum attack_kind kind)
{
	static const char *const names[] = {
		[ATTACK_CONTROL] = "control",
		[ATTACK_UNSAFE] = "unsafe",
		[ATTACK_LIVE] = "live",
		[ATTACK_FROZEN] = "frozen",
		[ATTACK_TEMP_FILE] = "temp-file",
		[ATTACK_SIZE_SEALS] = "size-seals",
		[ATTACK_PLAIN_DUP] = "plain-dup",
	};

	return names[kind];
}

/* No byte is zero: a hole is a change. No byte is the marker's, either. */
static unsigned char *pattern(size_t size)
{
	unsigned char *bytes = malloc(size);

	for (size_t i = 0; bytes && i < size; i++)
		bytes[i] = (unsigned char)(0x80 | i % 0x7d);
	return bytes;
}

static int fill(int fd, const void *bytes, size_t size)
{
	ssize_t ret = pwrite(fd, bytes, size, 0);

	if (ret < 0)
		return -errno;
	return (size_t)ret == size ? 0 : -ENOSPC;
}

/* Where the kernel tells apart what may be executed, this may. */
static int create_open_memfd(void)
{
	int fd = memfd_create("control", MFD_CLOEXEC | MFD_ALLOW_SEALING |
						 MFD_EXEC);

	if (fd < 0)
		fd = memfd_create("control", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

static int create_control(const void *bytes, struct attack_target *target)
{
	target->own_fd = create_open_memfd();
	if (target->own_fd < 0)
		return -errno;
	target->fd = target->own_fd;
	/* Every user may open it again: nothing is to hold an attacker back. */
	if (fchmod(target->fd, 0666) < 0)
		return -errno;
	return fill(target->fd, bytes, target->size);
}

static int create_unsafe(const void *bytes, struct attack_target *target)
{
	int ret = sealmem_unsafe_region_create(target->size, NULL,
					       &target->unsafe);

	if (ret < 0)
		return ret;
	target->fd = sealmem_unsafe_region_fd(&target->unsafe);
	return fill(target->fd, bytes, target->size);
}

static int create_live(const void *bytes, struct attack_target *target)
{
	int ret = sealmem_readonly_region_create(target->size, NULL,
						 &target->readonly,
						 &target->writer);

	if (ret < 0)
		return ret;
	memcpy(target->writer.addr, bytes, target->size);
	target->fd = sealmem_readonly_region_fd(&target->readonly);
	return 0;
}

static int create_frozen(const void *bytes, struct attack_target *target)
{
	int ret = sealmem_readonly_region_create_from(bytes, target->size, NULL,
						      &target->readonly);

	if (ret < 0)
		return ret;
	target->fd = sealmem_readonly_region_fd(&target->readonly);
	return 0;
}

static int create_kind(const void *bytes, struct attack_target *target)
{
	switch (target->kind) {
	case ATTACK_CONTROL:
		return create_control(bytes, target);
	case ATTACK_UNSAFE:
		return create_unsafe(bytes, target);
	case ATTACK_LIVE:
		return create_live(bytes, target);
	case ATTACK_FROZEN:
		return create_frozen(bytes, target);
	case ATTACK_TEMP_FILE:
	case ATTACK_SIZE_SEALS:
	case ATTACK_PLAIN_DUP:
		return attack_design_create(bytes, target);
	case ATTACK_KINDS:
		break;
	}
	return -EINVAL;
}

int attack_target_create(enum attack_kind kind, struct attack_target *ret)
{
	size_t size = PAGES * (size_t)sysconf(_SC_PAGESIZE);
	unsigned char *bytes = pattern(size);
	int err = -ENOMEM;

	*ret = (struct attack_target){
		.kind = kind, .fd = -1, .own_fd = -1,
		.size = size, .compared = size,
	};
	if (bytes)
		err = create_kind(bytes, ret);
	if (err < 0)
		attack_target_close(ret);
	free(bytes);
	return err;
}

int attack_target_adopt(enum attack_kind kind, int fd, bool constant,
			struct attack_target *ret)
{
	struct stat st;
	size_t size;

	if (fstat(fd, &st) < 0)
		return -errno;
	size = (size_t)st.st_size;
	*ret = (struct attack_target){
		.kind = kind, .fd = fd, .own_fd = -1, .size = size,
		.compared = constant ? size : ROUTE_HEADER_SIZE,
	};
	if (ret->compared > size)
		ret->compared = size;
	return 0;
}

void attack_target_close(struct attack_target *target)
{
	if (target->own_fd >= 0)
		close(target->own_fd);
	if (target->own_map)
		munmap(target->own_map, target->size);
	sealmem_writable_mapping_unmap(&target->writer);
	sealmem_readonly_region_close(&target->readonly);
	sealmem_unsafe_region_close(&target->unsafe);
	*target = (struct attack_target){ .fd = -1, .own_fd = -1 };
}

/* Fewer bytes than are there are a difference, too, so no error ends this. */
static void read_bytes(int fd, size_t size, struct attack_state *state)
{
	ssize_t count;

	do {
		count = pread(fd, state->bytes + state->count,
			      size - state->count, (off_t)state->count);
		if (count > 0)
			state->count += (size_t)count;
	} while (count > 0);
}

/* A file on a disk can have no seals, and a design may be one. */
static int seals_of(const struct attack_target *target)
{
	int seals = fcntl(target->fd, F_GET_SEALS);

	if (seals < 0 && errno == EINVAL && target->kind == ATTACK_TEMP_FILE)
		return 0;
	return seals;
}

int attack_state_take(const struct attack_target *target,
		      struct attack_state *ret)
{
	struct attack_state state = { 0 };
	struct stat st;

	state.seals = seals_of(target);
	if (state.seals < 0 || fstat(target->fd, &st) < 0)
		return -errno;
	state.mode = st.st_mode;
	state.size = st.st_size;
	state.bytes = malloc(target->compared + 1);
	if (!state.bytes)
		return -ENOMEM;
	read_bytes(target->fd, target->compared, &state);
	*ret = state;
	return 0;
}

/* Without this, comparing two failures to read would find them equal. */
bool attack_state_is_whole(const struct attack_target *target,
			   const struct attack_state *state)
{
	size_t size = (size_t)state->size;

	return state->count ==
	       (size < target->compared ? size : target->compared);
}

void attack_state_drop(struct attack_state *state)
{
	free(state->bytes);
	*state = (struct attack_state){ 0 };
}
