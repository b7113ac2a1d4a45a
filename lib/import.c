/* SPDX-License-Identifier: MIT */
/*
 * Arrival: turn what a peer sent into a region, or say why not. The order of
 * the questions is part of the defence: until F_GET_SEALS has answered, the
 * descriptor may belong to a filesystem that never does.
 */
#include <errno.h>
#include <sealmem/descriptor.h>

#include "lib/budget.h"
#include "lib/history.h"
#include "lib/import.h"
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
	int ret;

	/* The look takes locks of the open file and of the memory. */
	if (flags & SEALMEM_POLICY_NOWAIT) {
		*ret_has_holes = true;
		return refuse(SEALMEM_REFUSAL_NONE);
	}
	ret = sealing_first_hole(fd, &hole);
	if (ret < 0)
		return fail(ret);
	*ret_has_holes = hole != file_size;
	return refuse(rules_check_hole(hole, file_size, flags));
}

static uint32_t handle_flags(enum sealmem_kind kind, unsigned int seals,
			     bool has_holes, uint32_t policy_flags)
{
	enum sealmem_level level = rules_level(seals);
	uint32_t flags = has_holes ? HANDLE_HOLES : 0;

	if (kind == SEALMEM_KIND_READONLY || level == SEALMEM_LEVEL_FILE)
		flags |= level;
	if (policy_flags & SEALMEM_POLICY_UPSTREAM)
		flags |= HANDLE_DESCRIPTOR_LEVEL | HANDLE_UPSTREAM;
	return flags;
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

	handle->flags = handle_flags(kind, seals, has_holes, flags);
	handle->device = file.device;
	handle->inode = file.inode;
	return verdict;
}

static struct verdict ask_history(const struct sealmem_handle *handle,
				  const struct sealmem_policy *policy,
				  enum sealmem_kind kind,
				  const struct import_context *context)
{
	const struct sealmem_delivery next = {
		.token = handle->token,
		.device = handle->device,
		.inode = handle->inode,
	};

	if (!context->history)
		return refuse(SEALMEM_REFUSAL_NONE);
	return refuse(
		history_check(context->history, kind, &next, policy->flags));
}

static struct verdict ask_judge(const struct sealmem_handle *handle,
				const struct sealmem_policy *policy,
				enum sealmem_kind kind,
				const struct import_context *context)
{
	const struct sealmem_arrival arrival = {
		.kind = kind,
		.size = handle->size,
		.token = handle->token,
		.label = context->label,
		.generation = context->generation,
		.peer = context->peer,
	};

	if (!policy->judge || policy->judge(&arrival, policy->judge_data))
		return refuse(SEALMEM_REFUSAL_NONE);
	return refuse(SEALMEM_REFUSAL_JUDGED);
}

static struct verdict check(const struct sealmem_descriptor *descriptor,
			    const struct sealmem_policy *policy,
			    enum sealmem_kind kind,
			    const struct import_context *context,
			    struct sealmem_handle *handle)
{
	struct verdict verdict = refuse(rules_check_declared(
		kind, descriptor, policy, sealing_page_size()));

	if (verdict.error == 0)
		verdict = examine(descriptor, kind, policy->flags, handle);
	if (verdict.error == 0)
		verdict = ask_history(handle, policy, kind, context);
	if (verdict.error == 0)
		verdict = ask_judge(handle, policy, kind, context);
	return verdict;
}

static void finish(struct sealmem_descriptor *descriptor,
		   struct verdict verdict)
{
	if (verdict.error < 0 && descriptor->kind != SEALMEM_KIND_NONE)
		sealing_discard(descriptor->fd);
	*descriptor = (struct sealmem_descriptor){
		.refusal = (uint32_t)verdict.refusal,
		.fd = -1,
	};
}

/* On success the descriptor is @ret_handle's. */
static struct verdict accept(const struct sealmem_descriptor *descriptor,
			     const struct sealmem_policy *policy,
			     enum sealmem_kind kind,
			     const struct import_context *context,
			     struct sealmem_handle *ret_handle)
{
	struct sealmem_handle handle = {
		.size = (size_t)descriptor->size,
		.token = descriptor->token,
		.fd = descriptor->fd,
	};
	struct verdict verdict =
		check(descriptor, policy, kind, context, &handle);

	if (verdict.error < 0)
		return verdict;
	handle.budget = policy->budget;
	budget_ref(handle.budget);
	*ret_handle = handle_take(&handle);
	return verdict;
}

int import_region(struct sealmem_descriptor *descriptor,
		  const struct sealmem_policy *policy, enum sealmem_kind kind,
		  const struct import_context *context,
		  struct sealmem_handle *ret_handle)
{
	struct verdict verdict = fail(-EBADF);

	if (descriptor->kind != SEALMEM_KIND_NONE)
		verdict = accept(descriptor, policy, kind, context, ret_handle);
	finish(descriptor, verdict);
	return verdict.error;
}

static const struct import_context no_channel = { .label = "" };

/* Without a channel there is nothing that knows what came before. */
static int read_policy(const struct sealmem_policy *given,
		       struct sealmem_policy *ret_policy)
{
	int ret = policy_read(given, ret_policy);

	if (ret < 0)
		return ret;
	return ret_policy->flags & SEALMEM_POLICY_ONCE ? -EINVAL : 0;
}

int import_in_place(const struct sealmem_descriptor *descriptor,
		    const struct sealmem_policy *given, enum sealmem_kind kind,
		    struct sealmem_handle *ret_handle, uint32_t *ret_refusal)
{
	struct sealmem_policy policy = { 0 };
	struct verdict verdict = fail(read_policy(given, &policy));

	if (verdict.error == 0)
		verdict = accept(descriptor, &policy, kind, &no_channel,
				 ret_handle);
	*ret_refusal = (uint32_t)verdict.refusal;
	return verdict.error;
}

static int import(struct sealmem_descriptor *descriptor,
		  const struct sealmem_policy *given, enum sealmem_kind kind,
		  struct sealmem_handle *ret_handle)
{
	struct sealmem_policy policy = { 0 };
	int ret = read_policy(given, &policy);

	if (ret == 0 || descriptor->kind == SEALMEM_KIND_NONE)
		return import_region(descriptor, &policy, kind, &no_channel,
				     ret_handle);
	finish(descriptor, fail(ret));
	return ret;
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
