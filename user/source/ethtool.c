/* SPDX-License-Identifier: GPL-2.0 */
#include "source/ethtool.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "source/netns.h"

static int ask(int fd, const char *device, void *question)
{
	struct ifreq request = { .ifr_data = question };

	text_copy(request.ifr_name, sizeof(request.ifr_name), device);
	return ioctl(fd, SIOCETHTOOL, &request) ? -errno : 0;
}

int ethtool_driver(int netns, const char *device, char *out, size_t out_len, bool *tx_checksums)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	/* NETIF_F_CSUM_MASK: "tx-checksum-ip-generic" and those for one protocol alone */
	struct ethtool_value checksums = { .cmd = ETHTOOL_GTXCSUM };
	int back __leave_netns = netns_enter(netns);
	int fd __close = back < 0 ? -1 : socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = back < 0 ? back : fd < 0 ? -errno : ask(fd, device, &info);

	err = err ?: ask(fd, device, &checksums);
	if (err)
		return err;
	info.driver[sizeof(info.driver) - 1] = '\0';
	text_copy(out, out_len, info.driver);
	*tx_checksums = checksums.data;
	return 0;
}
