/* SPDX-License-Identifier: GPL-2.0 */
/* txoff DEVICE: what "ethtool -K DEVICE tx off" does; checksums are then filled in before it sends. */
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct ethtool_value off = { .cmd = ETHTOOL_STXCSUM };
	struct ifreq request = { .ifr_data = (void *)&off };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof(request.ifr_name))
		return 2;
	strcpy(request.ifr_name, argv[1]);
	if (fd >= 0 && !ioctl(fd, SIOCETHTOOL, &request))
		return 0;
	perror(argv[1]);
	return 1;
}
