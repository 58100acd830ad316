--[[
Purpose     Draws live registrations of a namespace at random, each with the same chance and independent of each
            other. Where there are few more than are wanted it answers all of them. Never writes.
KEYS        1 expiries  zset  peer -> expiry, ms
            2 records   hash  peer -> header and signed envelope, see put-8.lua
ARGV        1 grace in ms, 2 how many are wanted, a hundred or two at most,
            3 seed, a whole number: scripts have no chance of their own
Returns     {seconds, microseconds, live registrations of the namespace, peers, records}; the last two as of
            page-2.lua
Complexity  O(wanted * log n)
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wanted = tonumber(ARGV[2])
local alive = redis.call('ZCOUNT', KEYS[1], '(' .. (now - ARGV[1]), '+inf')
local peers = {}

if alive == 0 or wanted == 0 then
  return {time[1], time[2], alive, '', ''}
end

-- The live ones are the last.
if alive > 2 * wanted then
  local drawn = {}

  math.randomseed(tonumber(ARGV[3]))

  while #peers < wanted do
    local rank = math.random(alive)

    if not drawn[rank] then
      drawn[rank] = true
      peers[#peers + 1] = redis.call('ZRANGE', KEYS[1], -rank, -rank)[1]
    end
  end
else
  peers = redis.call('ZRANGE', KEYS[1], -alive, -1)
end

return {
  time[1],
  time[2],
  alive,
  cmsgpack.pack(peers),
  cmsgpack.pack(redis.call('HMGET', KEYS[2], unpack(peers)))
}
