/* SPDX-License-Identifier: MIT */
/*
 * Regions across exec. Nothing that a text names is closed or changed before it
 * has turned out to be the memory that the text describes.
 */
#include <errno.h>
#include <sealmem/inherit.h>

#include "lib/handle.h"
#include "lib/import.h"
#include "lib/inherit_text.h"
#include "lib/rules.h"
#include "sealing/sealing.h"

/* --- the parent ----------------------------------------------------------- */

static int to_text(const struct sealmem_handle *handle, int target_fd,
		   char ret_text[SEALMEM_INHERIT_TEXT_SIZE])
{
	const struct sealmem_descriptor descriptor = {
		.size = handle->size,
		.token = handle->token,
		.fd = target_fd,
	};

	if (handle_is_empty(handle))
		return -EBADF;
	if (target_fd < SEALMEM_INHERIT_FD_MIN)
		return -EINVAL;
	inherit_text_format(&descriptor, ret_text);
	return 0;
}

int sealmem_readonly_region_to_text(
	const struct sealmem_readonly_region *region, int target_fd,
	char ret_text[SEALMEM_INHERIT_TEXT_SIZE])
{
	return to_text(&region->priv, target_fd, ret_text);
}

int sealmem_unsafe_region_to_text(const struct sealmem_unsafe_region *region,
				  int target_fd,
				  char ret_text[SEALMEM_INHERIT_TEXT_SIZE])
{
	return to_text(&region->priv, target_fd, ret_text);
}

/* --- the child, before exec ----------------------------------------------- */

/* Is its descriptor still its own? Another region may have been put there. */
static int check_own(const struct sealmem_handle *handle)
{
	struct sealing_file file;
	int ret = sealing_stat(handle->fd, &file);

	if (ret < 0)
		return ret;
	return file.device == handle->device && file.inode == handle->inode ?
		       0 :
		       -EBADF;
}

/* What exec would close may go now, what it would not is somebody's. */
static int check_free(int target_fd)
{
	bool is_cloexec;
	int ret = sealing_is_cloexec(target_fd, &is_cloexec);

	if (ret < 0)
		return ret == -EBADF ? 0 : ret;
	return is_cloexec ? 0 : -EEXIST;
}

static int inherit_at(const struct sealmem_handle *handle, int target_fd)
{
	int ret;

	if (handle_is_empty(handle))
		return -EBADF;
	if (target_fd < SEALMEM_INHERIT_FD_MIN)
		return -EINVAL;
	ret = check_own(handle);
	if (ret == 0 && target_fd == handle->fd)
		return sealing_keep_on_exec(target_fd);
	if (ret == 0)
		ret = check_free(target_fd);
	if (ret < 0)
		return ret;
	ret = sealing_dup_to(handle->fd, target_fd);
	/* The one is open, so it is the other that cannot be. */
	return ret == -EBADF ? -EINVAL : ret;
}

int sealmem_readonly_region_inherit_at(
	const struct sealmem_readonly_region *region, int target_fd)
{
	return inherit_at(&region->priv, target_fd);
}

int sealmem_unsafe_region_inherit_at(const struct sealmem_unsafe_region *region,
				     int target_fd)
{
	return inherit_at(&region->priv, target_fd);
}

/* --- the new program ------------------------------------------------------ */

/* All of this library's, and of most others, are close-on-exec. */
static enum sealmem_refusal check_inherited(int fd)
{
	bool is_cloexec;

	if (sealing_is_cloexec(fd, &is_cloexec) < 0 || is_cloexec)
		return SEALMEM_REFUSAL_NOT_INHERITED;
	return SEALMEM_REFUSAL_NONE;
}

static int adopt(const struct sealmem_descriptor *descriptor,
		 const struct sealmem_policy *policy, enum sealmem_kind kind,
		 struct sealmem_handle *ret_handle, uint32_t *ret_refusal)
{
	struct sealmem_handle handle = { 0 };
	int ret =
		import_in_place(descriptor, policy, kind, &handle, ret_refusal);

	if (ret < 0)
		return ret;
	ret = sealing_cloexec(handle.fd);
	if (ret < 0) {
		*ret_refusal = SEALMEM_REFUSAL_SYSTEM;
		handle_take_fd(&handle);
		return ret;
	}
	*ret_handle = handle_take(&handle);
	return 0;
}

static int from_text(const char *text, const struct sealmem_policy *policy,
		     enum sealmem_kind kind, struct sealmem_handle *ret_handle,
		     uint32_t *ret_refusal)
{
	struct sealmem_descriptor descriptor = { .kind = (uint32_t)kind };
	uint32_t ignored;
	enum sealmem_refusal refusal = inherit_text_parse(text, &descriptor);

	if (!ret_refusal)
		ret_refusal = &ignored;
	if (refusal == SEALMEM_REFUSAL_NONE)
		refusal = check_inherited(descriptor.fd);
	*ret_refusal = (uint32_t)refusal;
	if (refusal != SEALMEM_REFUSAL_NONE)
		return rules_error(refusal);
	return adopt(&descriptor, policy, kind, ret_handle, ret_refusal);
}

int sealmem_readonly_region_from_text(
	const char *text, const struct sealmem_policy *policy,
	struct sealmem_readonly_region *ret_region, uint32_t *ret_refusal)
{
	return from_text(text, policy, SEALMEM_KIND_READONLY, &ret_region->priv,
			 ret_refusal);
}

int sealmem_unsafe_region_from_text(const char *text,
				    const struct sealmem_policy *policy,
				    struct sealmem_unsafe_region *ret_region,
				    uint32_t *ret_refusal)
{
	return from_text(text, policy, SEALMEM_KIND_UNSAFE, &ret_region->priv,
			 ret_refusal);
}
