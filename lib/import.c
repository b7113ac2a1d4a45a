/* SPDX-License-Identifier: MIT */
/*
 * Arrival: turn what a peer sent into a region, or say why not. The order of
 * the questions is part of the defence: until F_GET_SEALS has answered, the
 * descriptor may belong to a filesystem that never does.
 */
#include <errno.h>
#include <sealmem/descriptor.h>

#include "lib/budget.h"
#include "lib/handle.h"
#include "lib/options.h"
#include "lib/rules.h"
#include "sealing/sealing.h"

/* The answer to a question: go on, no, or the call failed. */
struct verdict {
	enum sealmem_refusal refusal;
	int error;
};

static struct verdict refuse(enum sealmem_refusal refusal)
{
	return (struct verdict){ refusal, rules_error(refusal) };
}

static struct verdict fail(int error)
{
	return (struct verdict){ SEALMEM_REFUSAL_SYSTEM, error };
}

static struct verdict ask_seals(int fd, enum sealmem_kind kind, uint32_t flags,
				unsigned int *ret_seals)
{
	int ret = sealing_get(fd, ret_seals);

	if (ret == -EBADF)
		return refuse(SEALMEM_REFUSAL_PATH_ONLY);
	if (ret == -EINVAL)
		return refuse(SEALMEM_REFUSAL_NOT_SEALABLE);
	if (ret < 0)
		return fail(ret);
	return refuse(rules_check_seals(kind, *ret_seals, flags));
}

static struct verdict ask_filesystem(int fd)
{
	bool is_shmem;
	int ret = sealing_is_shmem(fd, &is_shmem);

	if (ret < 0)
		return fail(ret);
	return refuse(is_shmem ? SEALMEM_REFUSAL_NONE :
				 SEALMEM_REFUSAL_NOT_SHMEM);
}

static struct verdict ask_file(int fd, unsigned int seals, uint64_t size,
			       uint32_t flags, struct sealing_file *ret_file)
{
	int ret = sealing_stat(fd, ret_file);

	if (ret < 0)
		return fail(ret);
	return refuse(rules_check_file(ret_file, seals, size,
				       sealing_page_size(), flags));
}

static struct verdict ask_access(int fd, enum sealmem_kind kind)
{
	enum sealing_access access;
	int ret = sealing_access_mode(fd, &access);

	if (ret < 0)
		return fail(ret);
	return refuse(rules_check_access(kind, access));
}

static struct verdict ask_hole(int fd, uint64_t file_size, uint32_t flags,
			       bool *ret_has_holes)
{
	uint64_t hole;
	int ret = sealing_first_hole(fd, &hole);

	if (ret < 0)
		return fail(ret);
	*ret_has_holes = hole != file_size;
	return refuse(rules_check_hole(hole, file_size, flags));
}

/* What SHRINK and GROW hold fixed is asked for after they were seen. */
static struct verdict examine(const struct sealmem_descriptor *descriptor,
			      enum sealmem_kind kind, uint32_t flags,
			      struct sealmem_handle *handle)
{
	int fd = descriptor->fd;
	struct sealing_file file = { 0 };
	unsigned int seals = 0;
	bool has_holes = false;
	struct verdict verdict = ask_seals(fd, kind, flags, &seals);

	if (verdict.error == 0)
		verdict = ask_filesystem(fd);
	if (verdict.error == 0)
		verdict = ask_file(fd, seals, descriptor->size, flags, &file);
	if (verdict.error == 0)
		verdict = ask_access(fd, kind);
	if (verdict.error == 0)
		verdict = ask_hole(fd, file.size, flags, &has_holes);

	handle->device = file.device;
	handle->inode = file.inode;
	handle->flags = has_holes ? HANDLE_HOLES : 0;
	if (kind == SEALMEM_KIND_READONLY)
		handle->flags |= rules_level(seals);
	if (flags & SEALMEM_POLICY_UPSTREAM)
		handle->flags |= HANDLE_DESCRIPTOR_LEVEL | HANDLE_UPSTREAM;
	return verdict;
}

static struct verdict judge(const struct sealmem_descriptor *descriptor,
			    const struct sealmem_policy *given,
			    enum sealmem_kind kind,
			    struct sealmem_handle *handle)
{
	struct sealmem_policy policy;
	enum sealmem_refusal refusal;

	if (descriptor->kind == SEALMEM_KIND_NONE)
		return fail(-EBADF);
	if (policy_read(given, &policy) < 0)
		return fail(-EINVAL);
	refusal = rules_check_declared(kind, descriptor, &policy,
				       sealing_page_size());
	if (refusal != SEALMEM_REFUSAL_NONE)
		return refuse(refusal);
	handle->budget = policy.budget;
	return examine(descriptor, kind, policy.flags, handle);
}

static void drop(struct sealmem_descriptor *descriptor)
{
	if (descriptor->kind != SEALMEM_KIND_NONE)
		sealing_discard(descriptor->fd);
}

static int import(struct sealmem_descriptor *descriptor,
		  const struct sealmem_policy *policy, enum sealmem_kind kind,
		  struct sealmem_handle *ret_handle)
{
	struct sealmem_handle handle = { 0 };
	struct verdict verdict = judge(descriptor, policy, kind, &handle);

	if (verdict.error < 0) {
		drop(descriptor);
	} else {
		handle.size = (size_t)descriptor->size;
		handle.token = descriptor->token;
		handle.fd = descriptor->fd;
		budget_ref(handle.budget);
		*ret_handle = handle_take(&handle);
	}
	*descriptor = (struct sealmem_descriptor){
		.refusal = (uint32_t)verdict.refusal,
		.fd = -1,
	};
	return verdict.error;
}

int sealmem_readonly_region_import(struct sealmem_descriptor *descriptor,
				   const struct sealmem_policy *policy,
				   struct sealmem_readonly_region *ret_region)
{
	return import(descriptor, policy, SEALMEM_KIND_READONLY,
		      &ret_region->priv);
}

int sealmem_writable_region_import(struct sealmem_descriptor *descriptor,
				   const struct sealmem_policy *policy,
				   struct sealmem_writable_region *ret_region)
{
	return import(descriptor, policy, SEALMEM_KIND_WRITABLE,
		      &ret_region->priv);
}

int sealmem_unsafe_region_import(struct sealmem_descriptor *descriptor,
				 const struct sealmem_policy *policy,
				 struct sealmem_unsafe_region *ret_region)
{
	return import(descriptor, policy, SEALMEM_KIND_UNSAFE,
		      &ret_region->priv);
}
