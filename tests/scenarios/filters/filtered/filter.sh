#!/bin/sh
sed 's/^Subject:/Subject: [checked]/' | /usr/sbin/sendmail -G -i "$@"
