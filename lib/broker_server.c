/* SPDX-License-Identifier: MIT */
/*
 * The broker: one request, one answer, and nothing kept in between. It never
 * waits for a client, and never maps or reads what one passes.
 */
#include <errno.h>
#include <sealmem/broker.h>
#include <string.h>

#include "lib/handle.h"
#include "lib/options.h"
#include "lib/packet.h"
#include "lib/region.h"
#include "lib/request.h"
#include "lib/rules.h"
#include "lib/size.h"
#include "sealing/sealing.h"

/* --- creation ------------------------------------------------------------- */

static bool is_within(uint64_t used, uint64_t wanted, uint64_t limit)
{
	return limit == 0 || (used <= limit && wanted <= limit - used);
}

static int check_limits(const struct request *request,
			const struct sealmem_broker_limits *limits,
			const struct sealmem_broker_usage *usage,
			size_t *ret_rounded)
{
	if (!is_within(0, request->size, limits->size_max) ||
	    !is_within(usage->regions, 1, limits->regions_max))
		return -EDQUOT;
	if (size_round_up(request->size, sealing_page_size(), ret_rounded) < 0)
		return -EINVAL;
	return is_within(usage->bytes, *ret_rounded, limits->bytes_max) ?
		       0 :
		       -EDQUOT;
}

/* Without its memory, which its client fills and is charged for. */
static int create(const struct request *request,
		  struct sealmem_handle *ret_handle)
{
	const struct sealmem_options options = {
		.struct_size = sizeof(options),
		.flags = request->flags | SEALMEM_CREATE_LAZY,
		.name = request->name,
	};
	struct sealmem_writable_region region = { 0 };
	int ret = region_create_writable((size_t)request->size, &options,
					 &region);

	if (ret == 0)
		*ret_handle = handle_take(&region.priv);
	return ret;
}

static int grant_creation(const struct request *request,
			  const struct sealmem_broker_limits *limits,
			  const struct sealmem_broker_usage *usage,
			  size_t *ret_rounded,
			  struct sealmem_handle *ret_handle)
{
	int ret = check_limits(request, limits, usage, ret_rounded);

	return ret < 0 ? ret : create(request, ret_handle);
}

/* --- conversion ----------------------------------------------------------- */

/*
 * Memory that could be a writable region's, or one's whose seal was set when a
 * conversion failed. The seals come first: until they were read the descriptor
 * may belong to a filesystem that never answers.
 */
static enum sealmem_refusal check_seals(int fd, unsigned int *ret_seals)
{
	unsigned int wanted =
		rules_required_seals(SEALMEM_KIND_WRITABLE, SEALMEM_LEVEL_NONE);

	if (sealing_get(fd, ret_seals) < 0)
		return SEALMEM_REFUSAL_NOT_SEALABLE;
	/* Others that are in the way show when it is converted. */
	return rules_check_seals(SEALMEM_KIND_WRITABLE, *ret_seals & wanted, 0);
}

static enum sealmem_refusal check_access(int fd)
{
	enum sealing_access access;
	bool is_shmem;

	if (sealing_is_shmem(fd, &is_shmem) < 0 || !is_shmem)
		return SEALMEM_REFUSAL_NOT_SHMEM;
	if (sealing_access_mode(fd, &access) < 0)
		return SEALMEM_REFUSAL_PATH_ONLY;
	return rules_check_access(SEALMEM_KIND_WRITABLE, access);
}

/* @fd is taken only if it is memory of that size. */
static enum sealmem_refusal arrive(int fd, uint64_t size,
				   struct sealmem_handle *ret_handle)
{
	struct sealing_file file;
	unsigned int seals;
	enum sealmem_refusal refusal = check_seals(fd, &seals);

	if (refusal == SEALMEM_REFUSAL_NONE)
		refusal = check_access(fd);
	if (refusal == SEALMEM_REFUSAL_NONE && sealing_stat(fd, &file) < 0)
		refusal = SEALMEM_REFUSAL_SYSTEM;
	if (refusal == SEALMEM_REFUSAL_NONE)
		refusal = rules_check_file(&file, seals, size,
					   sealing_page_size(), 0);
	if (refusal != SEALMEM_REFUSAL_NONE)
		return refusal;
	*ret_handle = (struct sealmem_handle){
		.size = (size_t)size,
		.fd = fd,
		.device = file.device,
		.inode = file.inode,
	};
	return SEALMEM_REFUSAL_NONE;
}

static int convert(struct sealmem_writable_region *take_region,
		   enum request_operation operation,
		   struct sealmem_handle *ret_handle)
{
	struct sealmem_readonly_region readonly = { 0 };
	struct sealmem_unsafe_region unsafe = { 0 };
	int ret;

	if (operation == REQUEST_TO_UNSAFE) {
		ret = region_to_unsafe(take_region, &unsafe);
		*ret_handle = handle_take(&unsafe.priv);
		return ret;
	}
	if (operation == REQUEST_TO_READONLY)
		ret = region_to_readonly(take_region, &readonly);
	else
		ret = region_try_freeze(take_region, &readonly);
	*ret_handle = handle_take(&readonly.priv);
	return ret;
}

static int grant_conversion(const struct request *request, int take_fd,
			    struct sealmem_handle *ret_handle)
{
	struct sealmem_writable_region region = { 0 };
	int ret;

	if (request->size == 0 ||
	    arrive(take_fd, request->size, &region.priv) != 0) {
		sealing_discard(take_fd);
		return -EPROTO;
	}
	ret = convert(&region, request->operation, ret_handle);
	sealmem_writable_region_close(&region);
	return ret;
}

/* --- request and answer --------------------------------------------------- */

static int limits_read(const struct sealmem_broker_limits *limits,
		       struct sealmem_broker_limits *ret_limits)
{
	*ret_limits = (struct sealmem_broker_limits){ 0 };
	return limits ? options_copy(ret_limits, sizeof(*ret_limits), limits) :
			0;
}

/* A descriptor comes with a conversion and with nothing else. */
static enum sealmem_refusal read_request(const uint8_t *bytes,
					 const struct packet *packet,
					 struct request *ret_request)
{
	enum sealmem_refusal refusal =
		request_decode(bytes, packet->size, ret_request);
	bool is_conversion;

	if (refusal != SEALMEM_REFUSAL_NONE)
		return refusal;
	is_conversion = ret_request->operation != REQUEST_CREATE;
	return is_conversion == (packet->fd >= 0) ?
		       SEALMEM_REFUSAL_NONE :
		       SEALMEM_REFUSAL_DESCRIPTOR_COUNT;
}

static int receive_request(int fd, struct request *ret_request, int *ret_fd,
			   enum sealmem_refusal *ret_refusal)
{
	/* A byte more than there may be, so that one too many shows. */
	uint8_t bytes[SEALMEM_REQUEST_SIZE + 1];
	struct packet packet;
	int ret =
		packet_receive(fd, bytes, sizeof(bytes), &packet, ret_refusal);

	if (ret < 0)
		return ret;
	*ret_refusal = read_request(bytes, &packet, ret_request);
	ret = rules_error(*ret_refusal);
	/* Answers on their way hold descriptors: each client gets one. */
	if (ret == 0 && sealing_socket_unread(fd) != 0)
		ret = -ENOBUFS;
	if (ret < 0)
		packet_drop(&packet);
	else
		*ret_fd = packet.fd;
	return ret;
}

static int send_answer(int fd, const struct request *request, int error,
		       const struct sealmem_handle *handle)
{
	const struct answer answer = { .id = request->id, .error = -error };
	uint8_t bytes[SEALMEM_ANSWER_SIZE];
	int ret;

	answer_encode(&answer, bytes);
	ret = sealing_socket_send(fd, bytes, sizeof(bytes),
				  error < 0 ? -1 : handle->fd);
	return ret == -EAGAIN ? -ENOBUFS : ret;
}

static int serve(int fd, const struct request *request, int take_fd,
		 const struct sealmem_broker_limits *limits,
		 struct sealmem_broker_usage *usage)
{
	HANDLE_CLEANUP struct sealmem_handle handle = { 0 };
	bool is_creation = request->operation == REQUEST_CREATE;
	size_t rounded = 0;
	int error, ret;

	if (is_creation)
		error = grant_creation(request, limits, usage, &rounded,
				       &handle);
	else
		error = grant_conversion(request, take_fd, &handle);
	ret = send_answer(fd, request, error, &handle);
	/* No descriptor may be under way any more: that can be said. */
	if (ret == -ETOOMANYREFS) {
		error = ret;
		ret = send_answer(fd, request, error, &handle);
	}
	usage->requests++;
	usage->refused += error < 0;
	if (is_creation && error == 0) {
		usage->regions++;
		usage->bytes += rounded;
	}
	return ret;
}

int sealmem_broker_serve(struct sealmem_channel *channel,
			 const struct sealmem_broker_limits *given,
			 struct sealmem_broker_usage *usage,
			 uint32_t *ret_refusal)
{
	enum sealmem_refusal refusal = SEALMEM_REFUSAL_NONE;
	struct sealmem_broker_limits limits;
	int fd = sealmem_channel_fd(channel), take_fd = -1;
	struct request request;
	int ret;

	if (fd < 0)
		return -EBADF;
	if (limits_read(given, &limits) < 0)
		return -EINVAL;
	ret = receive_request(fd, &request, &take_fd, &refusal);
	if (ret_refusal)
		*ret_refusal = (uint32_t)refusal;
	if (ret < 0)
		return ret;
	return serve(fd, &request, take_fd, &limits, usage);
}
