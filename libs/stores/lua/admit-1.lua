--[[
Purpose     Queues a namespace that is about to be made, when there are nearly as many as there may be.
KEYS        1 admissions  zset  nsid and number of a request -> when it was queued, us
ARGV        1 nsid and number, 2 after how many ms a place in the queue is lost
Returns     {place from 1 on, now in ms}; the same place again while it is queued
Complexity  O(log n)
]]
local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now_us - ARGV[2] * 1000)

-- Nobody may come in before somebody who was told a place already.
local newest = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')

redis.call('ZADD', KEYS[1], 'NX', math.max(now_us, (newest[2] or 0) + 1), ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])

return {redis.call('ZRANK', KEYS[1], ARGV[1]) + 1, math.floor(now_us / 1000)}
